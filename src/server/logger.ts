import { pino } from 'pino'
import type { Config } from '../../config/schema.ts'
import { createTextLines } from './text-lines.ts'

/** Never written, wherever they stand in a line. */
const secrets = ['authorization', 'cookie', 'token', 'password', 'secret'].flatMap((name) => [
  name,
  `*.${name}`,
])

export interface LogOutput {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/** JSON lines, or lines for people: by configuration, else by whether a person is at the terminal. */
export function createLogger({ log }: Config, out: LogOutput): pino.Logger {
  const text = log.format === 'text' || (log.format === 'auto' && out.isTTY === true)
  const options: pino.LoggerOptions = {
    level: log.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secrets, censor: '(hidden)' },
  }
  return pino(options, text ? createTextLines(out) : { write: (line) => void out.write(line) })
}
