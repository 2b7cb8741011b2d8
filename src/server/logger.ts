import { pino } from 'pino'
import type { Config } from '../../config/schema.ts'
import { createTextLines } from './text-lines.ts'
import { createTurnLines, isoTime } from './turn-lines.ts'

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
    timestamp: isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secrets, censor: '(hidden)' },
  }
  const lines = createTurnLines(out)
  return pino(options, text ? createTextLines(lines) : lines)
}
