import type { TObject, TSchema } from 'typebox'
import { Problem } from '../../src/services/problem.ts'
import { queryOf } from '../http/query.ts'
import { describeMistake, findMistake } from './check.ts'

interface Field {
  readonly type?: string
  readonly items?: TSchema
  readonly default?: unknown
}

/** A text as the type its schema wants; what can't be that stays a text, and fails the check. */
function convert({ type }: Field, text: string): unknown {
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function readField(name: string, field: Field, texts: readonly string[]): unknown {
  if (field.type === 'array') return texts.map((text) => convert(field.items as Field, text))
  const [text, ...others] = new Set(texts)
  if (others.length > 0) {
    throw new Problem('INVALID_PARAMETER', {
      message: `the parameter "${name}" stands there with two values`,
      params: { parameter: name },
    })
  }
  return text === undefined ? field.default : convert(field, text)
}

function check(schema: TSchema, value: unknown): void {
  const mistake = findMistake(schema, value)
  if (mistake) throw new Problem('INVALID_PARAMETER', describeMistake(mistake, 'parameter'))
}

/**
 * The query of a raw URL, read and checked.
 * @throws Problem INVALID_PARAMETER: unknown, missing, twice, or not as the schema wants it.
 */
export function readQuery(url: string, schema: TObject): Readonly<Record<string, unknown>> {
  const given = queryOf(url)
  const read = Object.entries(schema.properties).map(([name, field]) => [
    name,
    readField(name, field as Field, given.getAll(name)),
  ])
  const unknown = [...given.keys()].filter((name) => !Object.hasOwn(schema.properties, name))
  for (const at of unknown) {
    const known = Object.keys(schema.properties)
    const mistake = { kind: 'unknown', at, known } as const
    throw new Problem('INVALID_PARAMETER', describeMistake(mistake, 'parameter'))
  }
  const query = Object.fromEntries(read.filter(([, value]) => value !== undefined))
  check(schema, query)
  return query
}

/** The parameters of a path. @throws Problem INVALID_PARAMETER */
export function readPath(
  values: Readonly<Record<string, string>>,
  schema: TObject,
): Readonly<Record<string, unknown>> {
  const read = Object.entries(schema.properties).map(([name, field]) => [
    name,
    convert(field as Field, values[name] ?? ''),
  ])
  const path = Object.fromEntries(read)
  check(schema, path)
  return path
}
