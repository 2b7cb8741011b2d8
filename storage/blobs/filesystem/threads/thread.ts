import { Worker } from 'node:worker_threads'
import { type Answer, type FailedCall, kind, type Order, type StoreOrder } from './orders.ts'

/** A thread that stores bodies. */
export interface StoreThread {
  /** Rejects with the system's `code`, or if the thread has ended. */
  store(order: StoreOrder['store']): Promise<void>
  /** In hex, of all bytes of a hash so far; `undefined` if it was lost with the thread. */
  digest(id: number): Promise<string | undefined>
  /** Nothing more is asked of a hash. */
  end(id: number): void
}

interface Waiting {
  resolve(hex: string | undefined): void
  reject(error: Error): void
}

function errorOf({ message, ...call }: FailedCall): Error {
  return Object.assign(new Error(message), call)
}

/** The memory of chunks that another thread may have. */
function memoryOf(chunks: readonly Uint8Array[]): ArrayBuffer[] {
  return chunks.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer)
}

export function startThread(onEnd: () => void): StoreThread {
  const worker = new Worker(new URL('./serve-orders.js', import.meta.url), {
    workerData: kind,
    // It makes few objects, and all of them small.
    resourceLimits: { maxYoungGenerationSizeMb: 1 },
  })
  const waiting: Waiting[] = []
  let alive = true
  worker.unref()

  function settle(settleOne: (asked: Waiting) => void): void {
    const asked = waiting.shift()
    // The process lives on while there are any.
    if (waiting.length === 0) worker.unref()
    if (asked) settleOne(asked)
  }

  worker.on('message', (answer: Answer) =>
    settle(({ resolve, reject }) =>
      'error' in answer ? reject(errorOf(answer.error)) : resolve(answer.hex),
    ),
  )
  worker.on('error', () => undefined)
  worker.on('exit', () => {
    alive = false
    while (waiting.length > 0) settle(({ reject }) => reject(ended()))
    onEnd()
  })

  const ended = () => new Error('the thread that stores bodies has ended')

  function ask(order: Order, memory: ArrayBuffer[] = []): Promise<string | undefined> {
    if (!alive) return Promise.reject(ended())
    worker.postMessage(order, memory)
    if (waiting.length === 0) worker.ref()
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  }

  return {
    async store(store) {
      await ask({ store }, memoryOf(store.chunks))
    },
    digest: (id) => ask({ digest: id }).catch(() => undefined),
    end(id) {
      if (alive) worker.postMessage({ end: id } satisfies Order)
    },
  }
}
