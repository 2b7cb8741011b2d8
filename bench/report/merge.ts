import type { Result } from '../result.ts'
import { works as allWorks } from '../works/all.ts'

/**
 * One result of several runs on one machine: each work as it was measured last, in the usual order.
 * @throws Error if the machines differ
 */
export function mergeResults(results: readonly Result[]): Result {
  const ordered = [...results].sort((a, b) => a.date.localeCompare(b.date))
  const last = ordered.at(-1)
  if (last === undefined) throw new Error('there is no result')
  const machines = new Set(ordered.map(({ machine }) => JSON.stringify(machine)))
  if (machines.size > 1) throw new Error('these results are of different machines')
  const byName = new Map(ordered.flatMap(({ works }) => works.map((work) => [work.name, work])))
  const commands = new Set(ordered.map(({ command }) => command))
  return {
    ...last,
    command: commands.size === 1 ? last.command : `npm run bench, in ${ordered.length} parts`,
    duration: ordered.reduce((sum, { duration }) => sum + duration, 0),
    versions: Object.assign({}, ...ordered.map(({ versions }) => versions)),
    works: allWorks.flatMap(({ name }) => byName.get(name) ?? []),
  }
}
