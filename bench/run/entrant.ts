import type { Contender } from '../contenders/contender.ts'
import { cpuSeconds, forgetPeak, peakMemory } from '../process/meter.ts'
import { runTool } from '../process/tool.ts'
import { formatNumber } from '../report/table.ts'
import type { Outcome } from '../result.ts'
import type { Bench, Measure, Sample, Work } from '../work.ts'
import type { RunningTarget } from './target.ts'

/** A contender on its way through one work. */
export interface Entrant {
  readonly contender: Contender
  /** Measures one round, unless something has gone wrong before. Never rejects. */
  measure(round: number): Promise<void>
  outcome(): Outcome
}

export function absent(contender: Contender, missing: string, failed = false): Entrant {
  return { contender, measure: async () => undefined, outcome: () => ({ missing, failed }) }
}

interface Metered extends Sample {
  readonly cpu: number
  readonly peak: number
}

async function meter(target: RunningTarget, measure: () => Promise<Sample>): Promise<Metered> {
  const pid = target.pid()
  await forgetPeak(pid)
  const before = await cpuSeconds(pid)
  const sample = await measure()
  const now = target.pid()
  const cpu = (await cpuSeconds(now)) - (now === pid ? before : 0)
  return { ...sample, cpu, peak: await peakMemory(now) }
}

function collectDetails(samples: readonly Sample[]): Record<string, readonly number[]> {
  const names = new Set(samples.flatMap(({ details = {} }) => Object.keys(details)))
  return Object.fromEntries(
    [...names].map((name) => [name, samples.map(({ details }) => details?.[name] ?? Number.NaN)]),
  )
}

export interface EntrantOptions {
  readonly target: RunningTarget
  readonly work: Work
  readonly bench: Bench
  readonly measure: Measure
  readonly say: (line: string) => void
}

export function createEntrant(options: EntrantOptions): Entrant {
  const { target, work, bench, say } = options
  const samples: Metered[] = []
  let failure: string | undefined
  const { contender } = target
  return {
    contender,
    async measure(round) {
      if (failure !== undefined) return
      try {
        await work.before?.(target, bench)
        if (work.writes) await runTool('sync', [])
        const sample = await meter(target, () => options.measure(round))
        samples.push(sample)
        say(`${contender.name} ${formatNumber(sample.value)} ${work.unit}`)
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error)
        say(`${contender.name} FAILED: ${failure}`)
      }
    },
    outcome: () =>
      failure === undefined
        ? {
            values: samples.map(({ value }) => value),
            cpu: work.per ? samples.map(({ cpu, amount }) => cpu / amount) : [],
            peaks: samples.map(({ peak }) => peak),
            details: collectDetails(samples),
            notes: [...target.notes],
          }
        : { missing: failure, failed: true },
  }
}
