import type { FastifyBaseLogger } from 'fastify'
import type { Housekeeping } from '../services/housekeeping.ts'

export interface Sweeper {
  /** Waits for a round under way; none begins afterwards. */
  stop(): Promise<void>
}

/** Tidies the stores every `interval` milliseconds, one round after the other. */
export function startSweeper(
  housekeeping: Pick<Housekeeping, 'sweep'>,
  interval: number,
  logger: FastifyBaseLogger,
): Sweeper {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()

  async function sweep(): Promise<void> {
    try {
      const tidied = await housekeeping.sweep()
      if (tidied.uploads + tidied.objects > 0) logger.info(tidied, 'swept expired uploads')
    } catch (error) {
      logger.error({ err: error }, 'sweeping expired uploads failed; it is tried again')
    }
    schedule()
  }

  function schedule(): void {
    if (stopped) return
    timer = setTimeout(() => {
      round = sweep()
    }, interval)
    timer.unref()
  }

  schedule()
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await round
    },
  }
}
