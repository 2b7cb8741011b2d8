import type { Result } from '../result.ts'
import { formatMarkdown, formatText, type Table } from './table.ts'
import { cpuTable, detailTable, machineTable, memoryTable, remarks, valueTable } from './tables.ts'
import { targetTable } from './targets.ts'

interface Section {
  readonly name: string
  readonly title: string
  readonly table: Table
}

function sectionsOf(result: Result): readonly Section[] {
  return [
    { name: 'machine', title: 'Machine', table: machineTable(result) },
    {
      name: 'values',
      title: 'Work done (rivals: Layerhouse is so many times better)',
      table: valueTable(result),
    },
    { name: 'cpu', title: 'CPU', table: cpuTable(result) },
    { name: 'memory', title: 'Memory', table: memoryTable(result) },
    { name: 'details', title: 'More numbers', table: detailTable(result) },
    { name: 'targets', title: 'Targets', table: targetTable(result) },
  ]
}

/** For a terminal. */
export function formatResult(result: Result): string {
  const tables = sectionsOf(result)
    .filter(({ table }) => table.length > 1)
    .map(({ title, table }) => `${title}\n\n${formatText(table)}`)
  return [...tables, ...remarks(result)].join('\n')
}

/** For a page: by the name of the place where each belongs. */
export function formatSections(result: Result): ReadonlyMap<string, string> {
  const list = remarks(result).map((line) => `- ${line}\n`)
  return new Map([
    ...sectionsOf(result).map(({ name, table }) => [name, formatMarkdown(table)] as const),
    ['remarks', list.join('')] as const,
  ])
}
