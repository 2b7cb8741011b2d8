import { type TObject, type TSchema, Type } from 'typebox'
import type { Digest } from '../../src/oci/digest.ts'
import type { RepositoryName } from '../../src/oci/name.ts'
import type { Tag } from '../../src/oci/reference.ts'
import './formats.ts'

/** Schemas that many routes use. One with a `title` becomes a component of the OpenAPI document. */

export const repository = Type.Unsafe<RepositoryName>({
  title: 'RepositoryName',
  type: 'string',
  format: 'repository',
  maxLength: 255,
})

export const digest = Type.Unsafe<Digest>({
  title: 'Digest',
  type: 'string',
  format: 'digest',
})

export const tag = Type.Unsafe<Tag>({ title: 'TagName', type: 'string', format: 'tag' })

/** Whole bytes. */
export const bytes = Type.Integer({ minimum: 0, description: 'bytes' })

export const count = Type.Integer({ minimum: 0 })

/** RFC 3339, in UTC. */
export const time = Type.String({ format: 'date-time' })

/** @param at milliseconds since 1970. */
export function timeOf(at: number): string {
  return new Date(at).toISOString()
}

/** A text of a fixed set. */
export function oneOf<const Value extends string>(
  values: readonly Value[],
  options: { readonly default?: NoInfer<Value>; readonly description?: string } = {},
) {
  return Type.Unsafe<Value>({ type: 'string', enum: [...values], ...options })
}

/** The query parameters of every list. */
export const paging = {
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'entries at most' }),
  cursor: Type.Optional(
    Type.String({ maxLength: 2000, description: '`next` of the page before this one' }),
  ),
}

export const substring = Type.Optional(
  Type.String({ maxLength: 255, description: 'only names that contain this' }),
)

/** An order of a list: by one of `keys`, downward with `-` before it; ties by name. */
export type Sort<Key extends string> = Key | `-${Key}`

export function sortBy<const Key extends string>(keys: readonly Key[], preset: Sort<NoInfer<Key>>) {
  const values = keys.flatMap((key): Sort<Key>[] => [key, `-${key}`])
  return Type.Unsafe<Sort<Key>>({ type: 'string', enum: values, default: preset })
}

export interface Order<Key extends string> {
  readonly by: Key
  readonly descending: boolean
}

export function orderOf<Key extends string>(sort: Sort<Key>): Order<Key> {
  const descending = sort.startsWith('-')
  return { by: (descending ? sort.slice(1) : sort) as Key, descending }
}

/** What a body may hold: these fields and no others, so that a slip of the pen is told. */
export function bodyOf<Fields extends Record<string, TSchema>>(
  title: string,
  fields: Fields,
): TObject<Fields> {
  return Type.Object(fields, { title, additionalProperties: false })
}

/** What an answer holds: these fields, and in later versions perhaps more. */
export function named<Fields extends Record<string, TSchema>>(
  title: string,
  fields: Fields,
): TObject<Fields> {
  return Type.Object(fields, { title })
}

/** A page of a list. */
export function listOf<Item extends TSchema>(item: Item) {
  return Type.Object({
    items: Type.Array(item),
    next: Type.Optional(Type.String({ description: '`cursor` of the next page, if there is one' })),
    total: Type.Optional(count),
  })
}
