import type { Hash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { type Algorithm, newHash } from '../../../src/oci/digest.ts'
import type { RunningHash } from './running-hash.ts'

/*
 * This file is both ends: the thread that serves, and those that hash for it. Hashing takes half of
 * the time a big body needs, and while the serving thread does it nobody else is answered.
 */

const kind = 'layerhouse hash thread'

/** What is asked of a thread about one hash, by its number. */
type Order =
  | { readonly id: number; readonly update: Uint8Array; readonly algorithm: Algorithm }
  | { readonly id: number; readonly digest: true }
  | { readonly id: number; readonly end: true }

/** The answer to an `update` or a `digest`. */
interface Answer {
  readonly id: number
  readonly hex?: string | undefined
}

export interface HashThreads {
  /** A new hash in the thread that has the fewest; threads are started when they are needed. */
  begin(algorithm: Algorithm): RunningHash
}

interface Thread {
  readonly load: number
  begin(algorithm: Algorithm): RunningHash
}

/** The answers that are waited for; the process lives on while there are any. */
function createAwaited(worker: Pick<Worker, 'ref' | 'unref'>) {
  const awaited = new Map<number, (hex?: string) => void>()
  function settle({ id, hex }: Answer): void {
    const resolve = awaited.get(id)
    awaited.delete(id)
    if (awaited.size === 0) worker.unref()
    resolve?.(hex)
  }
  return {
    settle,
    wait(id: number): Promise<string | undefined> {
      if (awaited.size === 0) worker.ref()
      return new Promise((resolve) => awaited.set(id, resolve))
    },
    giveUp() {
      for (const id of [...awaited.keys()]) settle({ id })
    },
  }
}

/** If the thread dies its hashes are lost, and who asks for their digests is told so. */
function startThread(onEnd: () => void): Thread {
  const worker = new Worker(new URL(import.meta.url), { workerData: kind })
  worker.unref()
  const { settle, wait, giveUp } = createAwaited(worker)
  const live = new Set<number>()
  let alive = true
  let last = 0
  worker.on('message', settle)
  worker.on('error', () => undefined)
  worker.on('exit', () => {
    alive = false
    giveUp()
    onEnd()
  })

  async function ask(order: Order): Promise<string | undefined> {
    if (!alive) return undefined
    worker.postMessage(order)
    return wait(order.id)
  }

  return {
    get load() {
      return live.size
    },
    begin(algorithm) {
      last += 1
      const id = last
      live.add(id)
      return {
        async update(bytes) {
          await ask({ id, update: bytes, algorithm })
        },
        digest: () => ask({ id, digest: true }),
        end() {
          live.delete(id)
          if (alive) worker.postMessage({ id, end: true } satisfies Order)
        },
      }
    },
  }
}

/** @param limit threads at most; one processor is left for the thread that serves. */
export function createHashThreads(
  limit = Math.min(4, Math.max(1, availableParallelism() - 1)),
): HashThreads {
  const threads = new Set<Thread>()

  function start(): Thread {
    const thread = startThread(() => threads.delete(thread))
    threads.add(thread)
    return thread
  }

  return {
    begin(algorithm) {
      const [idlest] = [...threads].sort((a, b) => a.load - b.load)
      const thread = idlest && (idlest.load === 0 || threads.size >= limit) ? idlest : start()
      return thread.begin(algorithm)
    },
  }
}

/** The other end: answers orders one after another. */
function serveOrders(answer: (answer: Answer) => void): (order: Order) => void {
  const hashes = new Map<number, Hash>()
  return (order) => {
    const { id } = order
    const hash = hashes.get(id)
    if ('update' in order) {
      const running = hash ?? newHash(order.algorithm)
      hashes.set(id, running)
      running.update(order.update)
      answer({ id })
    } else if ('digest' in order) {
      answer({ id, hex: hash?.copy().digest('hex') })
    } else {
      hashes.delete(id)
    }
  }
}

if (!isMainThread && workerData === kind) {
  const port = parentPort
  port?.on(
    'message',
    serveOrders((answer) => port.postMessage(answer)),
  )
}
