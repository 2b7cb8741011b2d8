import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { expectationOf } from './expectation.ts'

/** What is wrong with a value, at the first place where something is. */
export type Mistake =
  | { readonly kind: 'wrong' | 'missing'; readonly at: string; readonly expected: string }
  | { readonly kind: 'unknown'; readonly at: string; readonly known: readonly string[] }

interface Nested {
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly items?: TSchema
}

/** The schema of a place below `schema`; as deep as it is known. */
function schemaAt(schema: TSchema, path: readonly string[]): TSchema {
  const [first, ...rest] = path
  if (first === undefined) return schema
  const { properties, items } = schema as Nested
  const inner = properties?.[first] ?? items
  return inner === undefined ? schema : schemaAt(inner, rest)
}

function stepsOf(pointer: string): readonly string[] {
  const steps = pointer.split('/').slice(1)
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** `undefined` if the value is as its schema wants it. */
export function findMistake(schema: TSchema, value: unknown): Mistake | undefined {
  if (Value.Check(schema, value)) return undefined
  // "schema is false" is what an unknown property fails with; the property is named beside it.
  const error = Value.Errors(schema, value).find(({ keyword }) => keyword !== 'boolean')
  if (error === undefined) return { kind: 'wrong', at: '', expected: expectationOf(schema) }
  const path = stepsOf(error.instancePath)
  const here = schemaAt(schema, path)
  const { properties = {} } = here as Nested
  if (error.keyword === 'required') {
    const name = error.params.requiredProperties[0] ?? ''
    const expected = expectationOf(properties[name] ?? here)
    return { kind: 'missing', at: [...path, name].join('.'), expected }
  }
  if (error.keyword === 'additionalProperties') {
    const name = error.params.additionalProperties[0] ?? ''
    return { kind: 'unknown', at: [...path, name].join('.'), known: Object.keys(properties) }
  }
  return { kind: 'wrong', at: path.join('.'), expected: expectationOf(here) }
}

/** A sentence, and the same for machines. @param noun "parameter" or "field". */
export function describeMistake(mistake: Mistake, noun: 'parameter' | 'field') {
  const what = mistake.at === '' ? 'the body' : `the ${noun} "${mistake.at.slice(0, 80)}"`
  const params = { [noun]: mistake.at.slice(0, 80) }
  switch (mistake.kind) {
    case 'unknown': {
      const known = mistake.known.length === 0 ? 'none' : mistake.known.join(', ')
      return { message: `${what} is not known here; known: ${known}`, params }
    }
    case 'missing': {
      const { expected } = mistake
      return {
        message: `${what} is missing; it must be ${expected}`,
        params: { ...params, expected },
      }
    }
    default: {
      const { expected } = mistake
      return { message: `${what} must be ${expected}`, params: { ...params, expected } }
    }
  }
}
