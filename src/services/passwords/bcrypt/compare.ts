import { Worker } from 'node:worker_threads'
import { type CompareAnswer, type CompareOrder, kind } from './orders.ts'

export type CompareBcrypt = (password: string, hash: string) => Promise<boolean>

interface Waiting {
  resolve(fits: boolean): void
  reject(error: Error): void
}

interface Thread {
  readonly worker: Worker
  readonly waiting: Waiting[]
}

/** Milliseconds without work after which the thread, some 10 MB, is given up. */
const idleAfter = 60_000

function settle(thread: Thread, answer: CompareAnswer): void {
  const asked = thread.waiting.shift()
  if ('fits' in answer) asked?.resolve(answer.fits)
  else asked?.reject(new Error(answer.error))
}

/** Checks bcrypt hashes in a thread of its own, which is there while it is needed. */
export function createBcryptCompare(idle = idleAfter): CompareBcrypt {
  let thread: Thread | undefined
  let timer: NodeJS.Timeout | undefined

  function start(): Thread {
    const worker = new Worker(new URL('./serve.js', import.meta.url), { workerData: kind })
    const started: Thread = { worker, waiting: [] }
    worker.on('message', (answer: CompareAnswer) => {
      settle(started, answer)
      if (started.waiting.length === 0) rest(started)
    })
    worker.on('error', () => undefined)
    worker.on('exit', () => {
      if (thread === started) thread = undefined
      while (started.waiting.length > 0) settle(started, { error: 'the bcrypt thread has ended' })
    })
    return started
  }

  /** The process may end meanwhile. */
  function rest(resting: Thread): void {
    resting.worker.unref()
    timer = setTimeout(() => {
      thread = undefined
      void resting.worker.terminate()
    }, idle).unref()
  }

  return (password, hash) => {
    clearTimeout(timer)
    thread ??= start()
    const { worker, waiting } = thread
    worker.ref()
    worker.postMessage({ password, hash } satisfies CompareOrder)
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  }
}
