import { readFile, writeFile } from 'node:fs/promises'
import { heads, rowOf, type Scoreboard } from './scoreboard.ts'

const [begin, end] = ['<!-- scoreboard -->', '<!-- /scoreboard -->']

function formatRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** Name of the kind in a row; the two lines at the top of the table have none. */
function nameIn(row: string): string | undefined {
  const [, name] = /^\| ([a-z][a-z0-9-]*) \|.*\|$/.exec(row) ?? []
  return name === heads[0] ? undefined : name
}

/**
 * Puts a run into a page, between its two marks: the rows of the kinds that ran are new, those of
 * other kinds stay, each with the date and versions it was measured with.
 * @throws Error if the page has no marks.
 */
export function mergeScoreboard(page: string, { date, versions, seed, kinds }: Scoreboard): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`the page has no ${begin} and ${end}`)
  const { layerhouse, node, kernel, sqlite } = versions
  const measured = `${date.slice(0, 10)}, Layerhouse ${layerhouse}, Node ${node}, SQLite ${sqlite}, Linux ${kernel}, seed ${seed}`
  const earlier = page
    .slice(from + begin.length, to)
    .split('\n')
    .flatMap((row) => {
      const name = nameIn(row)
      return name === undefined ? [] : [[name, row] as const]
    })
  const now = Object.entries(kinds).map(
    ([name, tally]) => [name, formatRow([...rowOf(name, tally), measured])] as const,
  )
  const rows = new Map([...earlier, ...now])
  const columns = [...heads, 'measured']
  const dashes = columns.map((_, column) => (column % (columns.length - 1) === 0 ? '---' : '--:'))
  const table = [formatRow(columns), formatRow(dashes), ...rows.values()]
  return [page.slice(0, from + begin.length), ...table, page.slice(to)].join('\n')
}

export async function recordScoreboard(path: string, scoreboard: Scoreboard): Promise<void> {
  await writeFile(path, mergeScoreboard(await readFile(path, 'utf8'), scoreboard))
}
