import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../../../config/schema.ts'
import type { Place } from '../../server/front-door/open.ts'
import { createConnections } from './connections.ts'
import type { Hub, Seat } from './hub.ts'
import { startProcess, type WorkerProcess } from './process.ts'

export interface PoolOptions {
  readonly count: number
  /** For the workers. */
  readonly config: Config
  readonly hub: Hub
  readonly logger: FastifyBaseLogger
  /** Takes what workers log; without it that goes where this process's own output goes. */
  readonly onLog?: ((text: string) => void) | undefined
}

/** A worker that is ready. */
export interface Worker extends Pick<WorkerProcess, 'link'> {
  readonly place: Place
}

/** Keeps workers running: one that ends is replaced, after a pause. */
export interface Pool {
  /** Those that are ready now. */
  workers(): readonly Worker[]
  /** See `Drain`; holds for workers that come later, too. */
  announceStop(): void
  refuse(): void
  /** Requests under way in all of them. Closes connections that have none. */
  underWay(): Promise<number>
  /** Ends all of them; resolves when they are gone. */
  stop(): Promise<void>
}

/** Milliseconds until a worker that ended is replaced, doubled each time it ends soon. */
const shortestPause = 500
const longestPause = 30_000
/** Milliseconds a worker runs that does not end soon. */
const longRun = 60_000

/** Milliseconds a worker has to end. */
const endWithin = 5000

export function createPool(options: PoolOptions): Pool {
  const { count, config, hub, logger, onLog } = options
  const running = new Set<WorkerProcess>()
  const ready = new Map<WorkerProcess, Worker>()
  const stopping = new AbortController()
  const told = new Set<'announceStop' | 'refuse'>()
  let started = 0

  function tellAll(what: 'announceStop' | 'refuse'): void {
    told.add(what)
    for (const { link } of ready.values()) link.tell(what)
  }

  /** From start to end; resolves with the reason of the end. */
  async function runOne(name: string): Promise<string> {
    const connections = createConnections()
    const onFailure = (error: unknown) =>
      logger.error({ err: error, worker: name }, 'a worker could not do what it was asked to')
    let seat: Seat | undefined
    const answers = (link: WorkerProcess['link']) => {
      seat = hub.join(link)
      return { ...seat.answers, closed: connections.closed }
    }
    const worker = startProcess({ answers, onFailure, onLog })
    running.add(worker)

    async function begin(): Promise<void> {
      await worker.link.call('start', { config, name })
      seat?.brief()
      for (const what of told) worker.link.tell(what)
      ready.set(worker, { link: worker.link, place: connections.placeOf(worker) })
    }
    void begin().catch((error) => {
      if (!stopping.signal.aborted) onFailure(error)
      worker.kill()
    })
    const reason = await worker.ended
    running.delete(worker)
    ready.delete(worker)
    seat?.leave()
    connections.closeAll()
    return reason
  }

  async function keepOne(): Promise<void> {
    let pause = shortestPause
    while (!stopping.signal.aborted) {
      started += 1
      const name = `w${started}`
      const begun = performance.now()
      const reason = await runOne(name)
      if (stopping.signal.aborted) return
      logger.error({ worker: name, reason }, 'a worker ended; another one is started')
      pause =
        performance.now() - begun > longRun ? shortestPause : Math.min(pause * 2, longestPause)
      await sleep(pause, undefined, stopping).catch(() => {})
    }
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
      for (const { link } of running) link.tell('end')
      const late = setTimeout(() => {
        for (const worker of running) worker.kill()
      }, endWithin)
      await Promise.all(kept)
      clearTimeout(late)
    },
  }
}
