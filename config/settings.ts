import type { Key } from './keys.ts'

/** Where a value comes from. */
export type Origin =
  | { readonly source: 'default' }
  | { readonly source: 'file'; readonly path: string; readonly line: number }
  | { readonly source: 'environment'; readonly name: string }
  /** The name includes its dashes: `--port`. */
  | { readonly source: 'flag'; readonly name: string }

/** One value as it was found, not yet read. */
export interface Setting {
  readonly key: Key
  readonly raw: unknown
  readonly origin: Origin
}

/** What one source has to say. */
export interface Reading {
  readonly settings: readonly Setting[]
  /** Mistakes that forbid a start, each a line that names the place and the cure. */
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

export const emptyReading: Reading = { settings: [], problems: [], warnings: [] }

/** In the given order. */
export function joinReadings(readings: readonly Reading[]): Reading {
  return {
    settings: readings.flatMap(({ settings }) => settings),
    problems: readings.flatMap(({ problems }) => problems),
    warnings: readings.flatMap(({ warnings }) => warnings),
  }
}

/** Names the place at the head of a message. */
export function describePlace({ key, origin }: Setting): string {
  switch (origin.source) {
    case 'default':
      return key.path
    case 'file':
      return `${origin.path}:${origin.line}: ${key.path}`
    default:
      return origin.name
  }
}

/** `default`, `file layerhouse.yaml:3`, `environment LAYERHOUSE_HTTP_PORT`, `flag --port`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.source) {
    case 'default':
      return 'default'
    case 'file':
      return `file ${origin.path}:${origin.line}`
    default:
      return `${origin.source} ${origin.name}`
  }
}
