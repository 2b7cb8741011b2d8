import type { TSchema } from 'typebox'
import { formats } from './formats.ts'

/** What of a JSON Schema is told to a person. */
interface Described {
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly TSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly maxItems?: number
}

function whole({ minimum, maximum }: Described): string {
  if (minimum === undefined) return 'a whole number'
  if (maximum === undefined) return `a whole number, ${minimum} or more`
  return `a whole number from ${minimum} to ${maximum}`
}

const byType: Readonly<Record<string, (schema: Described) => string>> = {
  integer: whole,
  number: () => 'a number',
  boolean: () => 'true or false',
  null: () => 'null',
  object: () => 'an object',
  array: ({ maxItems }) => (maxItems === undefined ? 'a list' : `a list of up to ${maxItems}`),
  string: ({ maxLength }) =>
    maxLength === undefined ? 'a text' : `a text of up to ${maxLength} characters`,
}

/** What would be right: "a whole number from 1 to 200". */
export function expectationOf(schema: TSchema): string {
  const described = schema as Described
  const { type = '', format = '', enum: values, anyOf } = described
  if (anyOf) return anyOf.map(expectationOf).join(' or ')
  if (values) return `one of ${values.join(', ')}`
  if ('const' in described) return JSON.stringify(described.const)
  if (format === 'date-time') return 'a time such as 2026-01-31T12:00:00Z'
  return formats[format]?.[1] ?? byType[type]?.(described) ?? 'something else'
}
