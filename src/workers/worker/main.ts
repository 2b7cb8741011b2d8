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

function post(messages: readonly object[]): void {
  if (process.connected) process.send?.(messages, undefined, undefined, () => {})
}

function started(): WorkerParts {
  if (parts === undefined) throw new Error('the worker has not been started')
  return parts
}

/** Tells of connections; of those in the same turn of the event loop together. */
function teller(what: 'taken' | 'closed'): (connection: number) => void {
  let numbers: number[] = []
  return (connection) => {
    numbers.push(connection)
    if (numbers.length > 1) return
    setImmediate(() => {
      main.tell(what, numbers)
      numbers = []
    })
  }
}

const tellTaken = teller('taken')
const tellClosed = teller('closed')

async function end(): Promise<void> {
  try {
    await parts?.stop()
  } finally {
    process.exit(0)
  }
}

function answersOf(link: Link<CallsOfMain>): CallsOfWorker {
  return {
    async start(order) {
      parts = await composeWorker(order, link)
    },
    end,
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

function take(connection: number, handle: unknown): void {
  const onClosed = () => tellClosed(connection)
  // It may have been closed on the way.
  if (!(handle instanceof Socket)) {
    onClosed()
    return
  }
  tellTaken(connection)
  adopt(started(), handle, onClosed)
}

process.on('message', (message: object, handle: unknown) => {
  if ('connection' in message) take(Number(message.connection), handle)
  else {
    parts?.renew()
    main.receive(message)
  }
})
