/** The first row is the heads. */
export type Table = readonly (readonly string[])[]

function widthsOf(table: Table): readonly number[] {
  const columns = Math.max(0, ...table.map((row) => row.length))
  return Array.from({ length: columns }, (_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  )
}

/** Columns for a terminal, the first to the left, the others to the right. */
export function formatText(table: Table): string {
  const widths = widthsOf(table)
  const pad = (row: readonly string[]) =>
    widths.map((width, column) => {
      const cell = row[column] ?? ''
      return column === 0 ? cell.padEnd(width) : cell.padStart(width)
    })
  return table.map((row) => `${pad(row).join('  ')}\n`).join('')
}

export function formatMarkdown(table: Table): string {
  const [heads = [], ...rows] = table
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  const rule = heads.map((_, column) => (column === 0 ? '---' : '---:'))
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  return [heads, rule, ...escaped].map(line).join('')
}

/** Three digits that count, and no more: runs differ by more than a percent. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  const rounded = Number(value.toPrecision(3))
  return rounded.toLocaleString('en-US', { maximumFractionDigits: Math.min(digits, 6) })
}
