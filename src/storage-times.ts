import type { Config } from '../config/schema.ts'

/** How long the stores keep what may be needed again, milliseconds. */
export function storageTimes({ gc, history }: Pick<Config, 'gc' | 'history'>) {
  return { graceMs: gc.grace, keepMs: history.keep }
}
