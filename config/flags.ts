import { keyOf } from './keys.ts'
import type { KeyPath } from './schema.ts'
import type { Reading, Setting } from './settings.ts'

interface FlagRule {
  readonly key: KeyPath
  /** Stands for the value in the help. */
  readonly placeholder: string
}

/** Flags that set a key. */
export const flagTable = {
  host: { key: 'http.host', placeholder: 'HOST' },
  port: { key: 'http.port', placeholder: 'N' },
  root: { key: 'storage.root', placeholder: 'DIR' },
  'log-level': { key: 'log.level', placeholder: 'LEVEL' },
} as const satisfies Record<string, FlagRule>

export type FlagName = keyof typeof flagTable

export const flagNames = Object.keys(flagTable) as readonly FlagName[]

/** Values as typed, by name without the dashes. */
export type Flags = Readonly<Partial<Record<FlagName, string>>>

export function readFlags(flags: Flags): Reading {
  const settings = flagNames.flatMap((name): Setting[] => {
    const raw = flags[name]
    const key = keyOf(flagTable[name].key)
    return raw === undefined ? [] : [{ key, raw, origin: { source: 'flag', name: `--${name}` } }]
  })
  return { settings, problems: [], warnings: [] }
}
