/** Turns pino's JSON lines into lines for a terminal: time, level, message, then the fields. */

interface LogLine {
  readonly time?: string
  readonly level?: string
  readonly msg?: string
  readonly err?: { readonly stack?: string; readonly message?: string }
  readonly [field: string]: unknown
}

const hidden: ReadonlySet<string> = new Set(['time', 'level', 'msg', 'err', 'reqId'])

function formatValue(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return /[\s"=]/.test(value) || value === '' ? JSON.stringify(value) : value
}

/** One line of JSON → one line of text (and a stack below it, if there is an error). */
export function formatLine(json: string): string {
  let line: LogLine
  try {
    line = JSON.parse(json) as LogLine
  } catch {
    return json
  }
  const fields = Object.entries(line)
    .filter(([key, value]) => !hidden.has(key) && value !== undefined)
    .map(([key, value]) => `${key}=${formatValue(value)}`)
  const clock = (line.time ?? '').slice(11, 23)
  const head = `${clock} ${(line.level ?? '').toUpperCase().padEnd(5)} ${line.msg ?? ''}`
  const stack = line.err ? `\n${line.err.stack ?? line.err.message ?? ''}` : ''
  return `${[head, ...fields].join('  ')}${stack}\n`
}

/** A destination for pino. */
export function createTextLines(out: { write(text: string): unknown }) {
  return {
    write(json: string): void {
      out.write(formatLine(json))
    },
  }
}
