import { type TSchema, Type } from 'typebox'
import { parseDuration, parseSize } from './units.ts'

/** How a value is written by people; decides reading, writing and messages (see `kinds.ts`). */
export type Kind = 'text' | 'integer' | 'duration' | 'size' | 'boolean' | 'choice' | 'list'

/** The keywords every leaf of the schema carries. Numbers are milliseconds or bytes where meant. */
export interface Field extends TSchema {
  readonly kind: Kind
  /** One line. */
  readonly description: string
  /** In loaded form; absent for an optional key. */
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly enum?: readonly string[]
}

/** Returns what is wrong with a value, or `undefined`. */
type Check = (text: string) => string | undefined

interface Limits<T> {
  readonly default: T
  readonly minimum: T
  readonly maximum: T
}

export function isField(schema: TSchema): schema is Field {
  return 'kind' in schema
}

export function text(description: string, options: { default?: string } = {}) {
  return Type.String({ kind: 'text', description, minLength: 1, ...options })
}

/** Text that must also pass `check`. */
export function checkedText(check: Check, description: string, options: { default?: string } = {}) {
  return Type.Refine(text(description, options), passes(check), problem(check))
}

/** A list of texts that must each pass `check`. */
export function checkedList(check: Check, description: string, options: { default: string[] }) {
  const item = Type.Refine(Type.String(), passes(check), problem(check))
  return Type.Array(item, { kind: 'list', description, ...options })
}

export function boolean(description: string, options: { default: boolean }) {
  return Type.Boolean({ kind: 'boolean', description, ...options })
}

export function choice<const Choices extends readonly string[]>(
  description: string,
  choices: readonly [...Choices],
  options: { default: Choices[number] },
) {
  return Type.Enum<[...Choices]>(choices, { kind: 'choice', description, ...options })
}

export function integer(description: string, limits: Limits<number>) {
  return Type.Integer({ kind: 'integer', description, ...limits })
}

/** Loaded as milliseconds; the limits are written as in the file. */
export function duration(description: string, limits: Limits<string>) {
  return Type.Integer({ kind: 'duration', description, ...converted(limits, parseDuration) })
}

/** Loaded as bytes; the limits are written as in the file. Without a default the key is optional. */
export function size(
  description: string,
  limits: Omit<Limits<string>, 'default'> & { readonly default?: string },
) {
  return Type.Integer({ kind: 'size', description, ...converted(limits, parseSize) })
}

function converted(
  limits: Omit<Limits<string>, 'default'> & { readonly default?: string },
  parse: (text: string) => number,
) {
  return {
    ...(limits.default === undefined ? {} : { default: parse(limits.default) }),
    minimum: parse(limits.minimum),
    maximum: parse(limits.maximum),
  }
}

function passes(check: Check): (value: string) => boolean {
  return (value) => check(value) === undefined
}

function problem(check: Check): (value: string) => string {
  return (value) => check(value) ?? ''
}
