import type { FastifyBaseLogger } from 'fastify'
import type { OnRefused } from './limits.ts'

/** Milliseconds between two lines about refused connections. */
const logEvery = 60_000

export interface RefusalReport {
  readonly onRefused: OnRefused
  stop(): void
}

/** Counts refused connections and tells of them at most once a minute, the first at once. */
export function createRefusalReport(logger: Pick<FastifyBaseLogger, 'warn'>): RefusalReport {
  let refused = 0
  let last: { readonly limit: string; readonly client: string } | undefined
  let timer: NodeJS.Timeout | undefined

  function write(): void {
    timer = undefined
    if (refused === 0) return
    logger.warn({ refused, ...last }, 'connections were refused: too many are open')
    refused = 0
    timer = setTimeout(write, logEvery)
    timer.unref()
  }

  return {
    onRefused(limit, client) {
      refused += 1
      last = { limit, client }
      if (timer === undefined) write()
    },
    stop: () => clearTimeout(timer),
  }
}
