import { readFileSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/**
 * Loaded into a process of its own before its program (`node --import`): measures how late its event
 * loop is, and at SIGUSR2 writes what it has measured to the file that LOOP_DELAY_FILE names, and
 * begins anew. All figures are milliseconds.
 */

export interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface LoopDelay {
  /** As `monitorEventLoopDelay` sees it, with the 10 ms of its own timer. */
  readonly wall: Percentiles
  /** Without the time in which the thread could have run and got no processor. */
  readonly own: Percentiles
  /** How often it was measured. */
  readonly count: number
  /** The share of all time in which the thread got no processor. */
  readonly starved: number
}

const resolution = 10
const path = process.env['LOOP_DELAY_FILE']

/** Milliseconds in which the main thread could have run and got no processor; 0 if Linux won't tell. */
function readStarved(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}

function percentilesOf(samples: readonly number[]): Percentiles {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share: number) => round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100
}

function measure(file: string): void {
  const histogram = monitorEventLoopDelay({ resolution })
  histogram.enable()
  let own: number[] = []
  let last = { at: performance.now(), starved: readStarved() }
  let first = last
  setInterval(() => {
    const now = { at: performance.now(), starved: readStarved() }
    own.push(now.at - last.at - (now.starved - last.starved))
    last = now
  }, resolution).unref()

  process.on('SIGUSR2', () => {
    const wall = { percentile: (share: number) => round(histogram.percentile(share) / 1e6) }
    const delay: LoopDelay = {
      wall: { p50: wall.percentile(50), p99: wall.percentile(99), max: round(histogram.max / 1e6) },
      own: percentilesOf(own),
      count: own.length,
      starved: round((last.starved - first.starved) / (last.at - first.at)),
    }
    histogram.reset()
    own = []
    first = last
    writeFileSync(file, JSON.stringify(delay))
  })
}

if (path !== undefined) measure(path)
