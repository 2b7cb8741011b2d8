import type { ContenderName } from '../contenders/names.ts'
import type { Measured, Result } from '../result.ts'
import { compare, median } from '../statistics.ts'
import { formatNumber, type Table } from './table.ts'
import { measuredOf } from './tables.ts'

/** What is wanted of one work. */
export type Target = { readonly work: string } & (
  | { readonly kind: 'ratio'; readonly against: ContenderName; readonly atLeast: number }
  | { readonly kind: 'value'; readonly atLeast: number }
  | { readonly kind: 'value'; readonly atMost: number }
  | { readonly kind: 'detail'; readonly detail: string; readonly atMost: number }
)

const ratio = (work: string, against: ContenderName, atLeast: number): Target => ({
  kind: 'ratio',
  ...{ work, against, atLeast },
})

/** Questions about what is in the metadata: answered without touching a blob. */
const questions = [
  'manifest-get-tag',
  'manifest-get-digest',
  'manifest-head-tag',
  'manifest-head-digest',
  'blob-check',
  'tags-page',
  'catalog-page',
]

/** A ratio is Layerhouse's advantage: above 1 it is better. Memory is in MB. */
export const targets: readonly Target[] = [
  ...questions.flatMap((work) => [
    ratio(work, 'docker-registry', 15),
    ratio(work, 'distribution', 2),
    ratio(work, 'zot', 2),
  ]),
  // To a bare route, tag and digest are the same.
  ...['manifest-get-tag', 'manifest-head-tag'].map((work) => ratio(work, 'fastify', 0.6)),
  ...[ratio('pull-1', 'docker-registry', 1.25), ratio('pull-1', 'nginx', 0.65)],
  ...[ratio('pull-16', 'docker-registry', 1), ratio('pull-16', 'distribution', 1)],
  ...[ratio('pull-16', 'zot', 1), ratio('pull-16', 'nginx', 0.65)],
  ...[ratio('push-1', 'docker-registry', 2.5), ratio('push-1', 'distribution', 1)],
  ...[ratio('push-1', 'zot', 1), ratio('images', 'docker-registry', 4)],
  { work: 'memory', kind: 'value', atMost: 200 },
  { work: 'memory', kind: 'detail', detail: 'second half / first half', atMost: 1.1 },
  { work: 'latency', kind: 'detail', detail: 'p99 ms', atMost: 20 },
  { work: 'start', kind: 'value', atMost: 1000 },
]

interface Verdict {
  readonly target: string
  readonly measured: number
  readonly met: boolean
}

function judgeNumber(
  target: Exclude<Target, { kind: 'ratio' }>,
  unit: string,
  ours: Measured,
): Verdict {
  const bound =
    'atLeast' in target
      ? `at least ${formatNumber(target.atLeast)}`
      : `at most ${formatNumber(target.atMost)}`
  const numbers = {
    value: () => ({ what: unit, values: ours.values }),
    detail: () => {
      const detail = target.kind === 'detail' ? target.detail : ''
      return { what: detail, values: ours.details[detail] ?? [] }
    },
  }
  const { what, values } = numbers[target.kind]()
  const measured = median(values)
  const met = 'atLeast' in target ? measured >= target.atLeast : measured <= target.atMost
  return { target: `${what}: ${bound}`, measured, met }
}

/** `undefined` if the result has no numbers for it. */
export function judge(result: Result, target: Target): Verdict | undefined {
  const work = result.works.find(({ name }) => name === target.work)
  const ours = work && measuredOf(work, 'layerhouse')
  if (work === undefined || ours === undefined) return undefined
  if (target.kind !== 'ratio') return judgeNumber(target, work.unit, ours)
  const theirs = measuredOf(work, target.against)
  if (theirs === undefined) return undefined
  const { paired } = compare(ours.values, theirs.values, work.better)
  const text = `at least ${formatNumber(target.atLeast)}× ${target.against}`
  return { target: text, measured: paired, met: paired >= target.atLeast }
}

/** Target, measured, met; `?` where the result has no numbers for it. */
export function targetTable(result: Result, wanted: readonly Target[] = targets): Table {
  const titles = new Map(result.works.map(({ name, title }) => [name, title]))
  const rows = wanted
    .filter(({ work }) => titles.has(work))
    .map((target) => {
      const title = titles.get(target.work) ?? ''
      const verdict = judge(result, target)
      if (verdict === undefined) return [title, describe(target), '?', '?']
      return [title, verdict.target, formatNumber(verdict.measured), verdict.met ? 'yes' : 'no']
    })
  return [['work', 'target', 'measured', 'met'], ...rows]
}

function describe(target: Target): string {
  return target.kind === 'ratio'
    ? `at least ${formatNumber(target.atLeast)}× ${target.against}`
    : target.kind
}
