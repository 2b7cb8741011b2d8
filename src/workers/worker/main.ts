import { Socket } from 'node:net'
import { createLink, type Link } from '../link.ts'
import type { CallsOfMain, CallsOfWorker } from '../protocol.ts'
import { adopt, composeWorker, type WorkerParts } from './compose.ts'

/*
 * The program of a worker's process; `main/process.ts` starts it. It ends with the main process, or
 * when that says so, and takes no signals: those that a terminal sends reach the main process, too.
 */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
process.once('disconnect', () => process.exit(1))

let parts: WorkerParts | undefined
let closed: number[] = []

function post(message: object): boolean {
  if (!process.connected) return false
  process.send?.(message, undefined, undefined, () => {})
  return true
}

function started(): WorkerParts {
  if (parts === undefined) throw new Error('the worker has not been started')
  return parts
}

/** Connections that close in the same turn of the event loop are told of together. */
function tellClosed(connection: number): void {
  closed.push(connection)
  if (closed.length > 1) return
  setImmediate(() => {
    main.tell('closed', closed)
    closed = []
  })
}

function answersOf(link: Link<CallsOfMain>): CallsOfWorker {
  return {
    async start(order) {
      parts = await composeWorker(order, link)
    },
    end: () => process.exit(0),
    takeHash: (...args) => started().answers.takeHash(...args),
    distrust: (...args) => parts?.answers.distrust(...args),
    learn: (...args) => parts?.answers.learn(...args),
    interrupt: (...args) => started().answers.interrupt(...args),
    mayRemove: (...args) => started().answers.mayRemove(...args),
    announceStop: () => parts?.answers.announceStop(),
    refuse: () => parts?.answers.refuse(),
    underWay: () => parts?.answers.underWay() ?? 0,
  }
}

const main = createLink<CallsOfWorker, CallsOfMain>(post, answersOf, (error) => {
  process.stderr.write(`a worker of the registry failed to do what it was told: ${error}\n`)
})

process.on('message', (message: object, handle: unknown) => {
  if (!('connection' in message)) return main.receive(message)
  // It may have been closed on the way.
  if (handle instanceof Socket)
    adopt(started(), handle, () => tellClosed(Number(message.connection)))
  else tellClosed(Number(message.connection))
})
