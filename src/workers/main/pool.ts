import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../../../config/schema.ts'
import type { Hub } from './hub.ts'
import { type JoinedWorker, joinHub } from './join.ts'
import { keepRunning } from './keep-running.ts'
import { startProcess, type WorkerProcess } from './process.ts'

export interface PoolOptions {
  readonly count: number
  /** For the workers. */
  readonly config: Config
  /** Where they join; they are started before, for that takes a while. */
  readonly hub: Promise<Hub>
  readonly logger: FastifyBaseLogger
  /** Takes what workers log; without it that goes where this process's own output goes. */
  readonly onLog?: ((text: string) => void) | undefined
}

/** Keeps workers running: one that ends is replaced, after a pause. */
export interface Pool {
  /** Those that are ready now. */
  workers(): readonly JoinedWorker[]
  /** See `Drain`; holds for workers that come later, too. */
  announceStop(): void
  refuse(): void
  /** Requests under way in all of them. Closes connections that have none. */
  underWay(): Promise<number>
  /** Ends all of them; resolves when they are gone. */
  stop(): Promise<void>
}

/** Milliseconds a worker has to end. */
const endWithin = 5000

export function createPool(options: PoolOptions): Pool {
  const { count, config, hub, logger, onLog } = options
  const running = new Set<WorkerProcess>()
  const ready = new Map<WorkerProcess, JoinedWorker>()
  const stopping = new AbortController()
  const told = new Set<'announceStop' | 'refuse'>()
  let started = 0

  function tellAll(what: 'announceStop' | 'refuse'): void {
    told.add(what)
    for (const { link } of ready.values()) link.tell(what)
  }

  async function begin(name: string, process: WorkerProcess): Promise<void> {
    const joined = joinHub(process, await hub, { config, name })
    void process.ended.then(joined.leave)
    await joined.ready
    for (const what of told) joined.link.tell(what)
    ready.set(process, joined)
  }

  /** From start to end; resolves with the reason of the end. */
  async function runOne(name: string): Promise<string> {
    const onFailure = (error: unknown) =>
      logger.error({ err: error, worker: name }, 'a worker could not do what it was asked to')
    const process = startProcess({ onFailure, onLog })
    running.add(process)
    begin(name, process).catch((error) => {
      if (!stopping.signal.aborted) onFailure(error)
      process.kill()
    })
    const reason = await process.ended
    running.delete(process)
    ready.delete(process)
    return reason
  }

  function keepOne(): Promise<void> {
    return keepRunning(runOne, {
      signal: stopping.signal,
      nextName: () => {
        started += 1
        return `w${started}`
      },
      onEnd: (worker, reason) =>
        logger.error({ worker, reason }, 'a worker ended; another one is started'),
    })
  }

  const kept = Array.from({ length: count }, keepOne)
  return {
    workers: () => [...ready.values()],
    announceStop: () => tellAll('announceStop'),
    refuse: () => tellAll('refuse'),
    async underWay() {
      const counts = [...ready.values()].map(({ link }) => link.call('underWay').catch(() => 0))
      return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0)
    },
    async stop() {
      stopping.abort()
      for (const process of running) {
        const worker = ready.get(process)
        if (worker) worker.link.tell('end')
        else process.kill()
      }
      const late = setTimeout(() => {
        for (const process of running) process.kill()
      }, endWithin)
      await Promise.all(kept)
      clearTimeout(late)
    },
  }
}
