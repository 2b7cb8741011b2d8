import { contenders } from '../contenders/all.ts'
import type { ContenderName } from '../contenders/names.ts'
import { isMeasured, type Measured, type Result, type WorkResult } from '../result.ts'
import { compare, median } from '../statistics.ts'
import { formatNumber, type Table } from './table.ts'

/** Those who took part, in their order. */
function columnsOf({ works }: Result) {
  return contenders.filter(({ name }) => works.some(({ outcomes }) => outcomes[name]))
}

export function measuredOf(work: WorkResult, name: ContenderName): Measured | undefined {
  const outcome = work.outcomes[name]
  return isMeasured(outcome) ? outcome : undefined
}

function valueCell(work: WorkResult, name: ContenderName): string {
  const theirs = measuredOf(work, name)
  if (theirs === undefined) return '-'
  const value = formatNumber(median(theirs.values))
  const ours = measuredOf(work, 'layerhouse')
  if (name === 'layerhouse' || ours === undefined) return value
  const { ofMedians, paired } = compare(ours.values, theirs.values, work.better)
  return `${value} · ${formatNumber(ofMedians)}× (${formatNumber(paired)}×)`
}

/** Medians; for rivals with the ratio, above 1 where Layerhouse is better. */
export function valueTable(result: Result): Table {
  const columns = columnsOf(result)
  return [
    ['work', 'unit', ...columns.map(({ title }) => title)],
    ...result.works.map((work) => [
      work.title,
      work.better === 'less' ? `${work.unit}, less is better` : work.unit,
      ...columns.map(({ name }) => valueCell(work, name)),
    ]),
  ]
}

function medianTable(
  result: Result,
  head: string,
  select: (work: WorkResult) => readonly {
    readonly cells: readonly string[]
    readonly of: (measured: Measured) => readonly number[]
  }[],
): Table {
  const columns = columnsOf(result)
  const cell = (
    work: WorkResult,
    name: ContenderName,
    of: (one: Measured) => readonly number[],
  ) => {
    const measured = measuredOf(work, name)
    return measured === undefined ? '-' : formatNumber(median(of(measured)))
  }
  const rows = result.works.flatMap((work) =>
    select(work).map(({ cells, of }) => [
      ...[work.title, ...cells],
      ...columns.map(({ name }) => cell(work, name, of)),
    ]),
  )
  return [['work', head, ...columns.map(({ title }) => title)], ...rows]
}

/** CPU seconds of the server. */
export function cpuTable(result: Result): Table {
  return medianTable(result, 'CPU seconds per', ({ per }) =>
    per === undefined ? [] : [{ cells: [per], of: ({ cpu }) => cpu }],
  )
}

/** Of the server, at most, while it worked. */
export function memoryTable(result: Result): Table {
  const inMegabytes = ({ peaks }: Measured) => peaks.map((bytes) => bytes / 1e6)
  return medianTable(result, 'peak memory', () => [{ cells: ['MB'], of: inMegabytes }])
}

/** Percentiles and whatever else a work tells. */
export function detailTable(result: Result): Table {
  return medianTable(result, 'number', ({ outcomes }) => {
    const measured = Object.values(outcomes).filter(isMeasured)
    const names = new Set(measured.flatMap(({ details }) => Object.keys(details)))
    return [...names].map((name) => ({
      cells: [name],
      of: ({ details }: Measured) => details[name] ?? [],
    }))
  })
}

/** Why there are gaps, and what is special about a number. */
export function remarks({ works }: Result): readonly string[] {
  return works.flatMap(({ title, outcomes }) =>
    contenders.flatMap(({ name, title: who }) => {
      const outcome = outcomes[name]
      if (outcome === undefined) return []
      const words = isMeasured(outcome) ? outcome.notes : [shorten(outcome.missing)]
      return words.map((text) => `${title}, ${who}: ${text}`)
    }),
  )
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

/** How often each work was done: some are done less often, as one round takes long. */
function roundsOf({ works }: Result): string {
  const counts = works.flatMap(({ outcomes }) =>
    Object.values(outcomes)
      .filter(isMeasured)
      .map(({ values }) => values.length),
  )
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  if (counts.length === 0) return '-'
  return least === most ? String(most) : `${least} to ${most}`
}

export function machineTable(result: Result): Table {
  const { date, command, machine, versions } = result
  const { cpu, cores, memory, kernel } = machine
  return [
    ['', ''],
    ['date', date.slice(0, 10)],
    ['command', `\`${command}\``],
    ['rounds', roundsOf(result)],
    ['CPU', `${cpu}, ${cores} cores`],
    ['memory', `${Math.round(memory / 2 ** 30)} GiB`],
    ['kernel', `Linux ${kernel}`],
    ...Object.entries(versions).map(([name, version]) => [name, version]),
  ]
}
