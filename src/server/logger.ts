import { pino } from 'pino'
import type { Config } from '../../config/schema.ts'
import { createTextLines } from './text-lines.ts'

/** Never written, wherever they stand in a line. */
const secrets = [
  'authorization',
  'cookie',
  'token',
  'password',
  'secret',
  '*.authorization',
  '*.cookie',
  '*.token',
  '*.password',
  '*.secret',
]

/** JSON lines, or lines for people: by configuration, else by whether a person is at the terminal. */
export function createLogger({ log }: Config, out: NodeJS.WriteStream): pino.Logger {
  const text = log.format === 'text' || (log.format === 'auto' && out.isTTY)
  const options = {
    level: log.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secrets, censor: '(hidden)' },
  }
  return pino(options, text ? createTextLines(out) : out)
}
