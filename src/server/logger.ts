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

/** The same configuration with `auto` decided: lines for people if one is at the terminal. */
export function decideLogFormat(config: Config, out: LogOutput): Config {
  const { log } = config
  if (log.format !== 'auto') return config
  return { ...config, log: { ...log, format: out.isTTY === true ? 'text' : 'json' } }
}

/** JSON lines, or lines for people. */
export function createLogger(config: Config, out: LogOutput): pino.Logger {
  const { log } = decideLogFormat(config, out)
  const options: pino.LoggerOptions = {
    level: log.level,
    base: null,
    timestamp: isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secrets, censor: '(hidden)' },
  }
  const lines = createTurnLines(out)
  return pino(options, log.format === 'text' ? createTextLines(lines) : lines)
}
