import type { Arguments } from './arguments.ts'
import type { Observer } from './observer.ts'
import type { Tally } from './tally.ts'
import type { Check } from './verify.ts'

export interface Outcome {
  readonly wanted: Arguments
  /** Of load. */
  readonly seconds: number
  readonly sums: Awaited<ReturnType<Observer['sums']>>
  readonly checks: readonly Check[]
  readonly tally: Tally
}

/** Failures that are told one by one. */
const told = 20

function table(rows: readonly (readonly [string, string | number])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
}

/** What was done, what was found, and what went wrong first. */
export function report({ wanted, seconds, sums, checks, tally }: Outcome): string {
  const { seed, interval, grace, keep, pushers, kills } = wanted
  const lines = [
    `soak of the collector, seed ${seed}: ${pushers} pushers, gc.interval ${interval} ms, gc.grace ${grace} ms, history.keep ${keep} ms`,
    ...table([
      ['seconds', seconds.toFixed(0)],
      ['requests', tally.requests()],
      ['operations', tally.operations()],
      ...[...tally.deeds()].map(([deed, times]) => [`  of these: ${deed}`, times] as const),
      ['collections', sums.cycles],
      ['  manifests collected', sums.manifests],
      ['  blobs collected', sums.blobs],
      ['  bytes freed', sums.bytes],
      ...(kills > 0
        ? ([
            ['kills', kills],
            ['  inside of a collection', sums.interrupted],
          ] as const)
        : []),
      ...[...tally.notes()].sort(),
      ...[...tally.failuresByKind()].map(([kind, times]) => [`FAILED: ${kind}`, times] as const),
    ]),
    ...checks.map(({ title, problems }) =>
      problems.length === 0 ? `ok ${title}` : `NOT OK ${title}\n  ${problems.join('\n  ')}`,
    ),
    ...tally
      .failures()
      .slice(0, told)
      .map(({ at, kind, what }) => `  ${at} ${kind}: ${what}`),
  ]
  return `${lines.join('\n')}\n`
}
