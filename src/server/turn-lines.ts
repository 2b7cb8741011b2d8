/** Where lines of a log go. */
interface Output {
  write(text: string): unknown
}

/**
 * Writes the lines of one turn of the event loop together, for a write costs more than a line. What
 * is left when the process exits is written then; a process that is killed loses that turn's lines.
 */
export function createTurnLines(out: Output): Output {
  let waiting = ''
  let scheduled = false

  function flush(): void {
    scheduled = false
    if (waiting === '') return
    const text = waiting
    waiting = ''
    out.write(text)
  }

  process.once('exit', flush)
  return {
    write(line) {
      waiting += line
      if (scheduled) return
      scheduled = true
      setImmediate(flush)
    },
  }
}

let second = Number.NaN
let prefix = ''

/** pino's time field, ISO 8601 in UTC with milliseconds. A date is formatted once a second. */
export function isoTime(): string {
  const now = Date.now()
  const milliseconds = now % 1000
  if (now - milliseconds !== second) {
    second = now - milliseconds
    prefix = `,"time":"${new Date(second).toISOString().slice(0, -4)}`
  }
  return `${prefix}${String(milliseconds).padStart(3, '0')}Z"`
}
