/** Where lines of a log go. */
interface Output {
  write(text: string): unknown
}

/** Bytes that reach a pipe in one piece, whoever else writes to it (POSIX: `PIPE_BUF`, on Linux). */
const pieceSize = 4096

/**
 * Writes the lines of one turn of the event loop together, for a write costs more than a line; but
 * not more than goes in one piece, for several processes may write to the same log. What is left
 * when the process exits is written then; a process that is killed loses that turn's lines.
 */
export function createTurnLines(out: Output): Output {
  let waiting = ''
  let size = 0
  let scheduled = false

  function flush(): void {
    if (waiting === '') return
    const text = waiting
    waiting = ''
    size = 0
    out.write(text)
  }

  function endOfTurn(): void {
    scheduled = false
    flush()
  }

  process.once('exit', flush)
  return {
    write(line) {
      const bytes = Buffer.byteLength(line)
      if (size + bytes > pieceSize) flush()
      waiting += line
      size += bytes
      if (scheduled) return
      scheduled = true
      setImmediate(endOfTurn)
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
