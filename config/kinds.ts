import type { Field, Kind } from './fields.ts'
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts'

interface KindRules {
  /** What a value must be, with its article: `a whole number from 0 to 65535`. */
  readonly noun: (field: Field) => string
  /** What to do about a value that is not, where the noun does not say. */
  readonly cure?: string
  /**
   * The loaded form of a value from the file, or of text from a variable or flag; `undefined` if it
   * is not of this kind. Limits are checked by the schema afterwards.
   * @throws UnitError for a duration or size that cannot be read.
   */
  readonly read: (raw: unknown) => unknown
  /** The loaded form as a person writes it. */
  readonly write: (value: unknown) => string
}

const words: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
])

const rules: Readonly<Record<Kind, KindRules>> = {
  text: {
    noun: () => 'text',
    cure: 'put it in quotes',
    read: (raw) => (typeof raw === 'string' ? raw.trim() : undefined),
    write: String,
  },
  integer: {
    noun: (field) => `a whole number${range(field, String)}`,
    read: readInteger,
    write: String,
  },
  duration: {
    noun: (field) => `a duration${range(field, formatDuration)}`,
    // A number in the file is read as text would be: 0 is fine, 90 lacks its unit.
    read: (raw) => (isScalar(raw) ? parseDuration(String(raw).trim()) : undefined),
    write: (value) => formatDuration(Number(value)),
  },
  size: {
    noun: (field) => `a size${range(field, formatSize)}`,
    read: (raw) => (isScalar(raw) ? parseSize(String(raw).trim()) : undefined),
    write: (value) => formatSize(Number(value)),
  },
  boolean: {
    noun: () => 'true or false',
    read: (raw) => (typeof raw === 'boolean' ? raw : words.get(String(raw).trim().toLowerCase())),
    write: String,
  },
  choice: {
    noun: (field) => `one of ${(field.enum ?? []).join(', ')}`,
    read: (raw) => (typeof raw === 'string' ? raw.trim() : undefined),
    write: String,
  },
  list: {
    noun: () => 'a list of texts',
    read: readList,
    write: (value) => (Array.isArray(value) && value.length > 0 ? value.join(',') : '[]'),
  },
}

export function rulesOf(field: Field): KindRules {
  return rules[field.kind]
}

function range(field: Field, write: (value: number) => string): string {
  if (field.minimum === undefined || field.maximum === undefined) return ''
  return ` from ${write(field.minimum)} to ${write(field.maximum)}`
}

function isScalar(raw: unknown): raw is string | number {
  return typeof raw === 'string' || typeof raw === 'number'
}

function readInteger(raw: unknown): unknown {
  if (typeof raw !== 'string') return raw
  return /^\s*-?\d+\s*$/.test(raw) ? Number(raw) : undefined
}

/** Text is split at commas, as variables hold it. */
function readList(raw: unknown): unknown {
  if (typeof raw !== 'string') return raw
  return raw
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
