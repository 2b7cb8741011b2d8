import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TObject, TSchema } from 'typebox'
import type { ErrorCode } from '../../src/oci/errors.ts'
import type { ProblemCode } from '../../src/services/problem.ts'
import type { AccessRule } from './access-rule.ts'
import type { ApiServices } from './services.ts'
import type { Receive, UploadSchema } from './upload.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

type Unwritten<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Unwritten<Item>[]
      : { readonly [Key in keyof T]: Unwritten<T[Key]> }

/** What a handler gives: values of the answer's schema, which nobody changes. */
export type Answered<Schema extends TSchema> = Unwritten<Static<Schema>>

/** A request whose every part has been checked against its route's schemas. */
export interface Call<Path, Query, Body, Fields = unknown> {
  readonly path: Path
  readonly query: Query
  readonly body: Body
  /** For a route with an `upload`: reads the file; others have none. */
  readonly receive: Receive<Fields>
  /** For headers and the client's address; url and body are read already. */
  readonly request: FastifyRequest
  /** For headers of the answer alone. */
  readonly reply: Pick<FastifyReply, 'header'>
}

/** One operation of the API: what the document says of it, what is checked, and what it does. */
export interface Route<
  Path extends TObject = TObject,
  Query extends TObject = TObject,
  Body extends TSchema = TSchema,
  Answer extends TSchema = TSchema,
  Fields extends TObject = TObject,
> {
  readonly method: Method
  /** Below `/api/v1`, parameters in braces: `/layers/{digest}`. */
  readonly path: `/${string}`
  /** Unique; what generated clients call it. */
  readonly id: string
  /** Who may ask for it; there is no default. */
  readonly access: AccessRule<Static<Path>, Static<Query>, Static<Body>>
  /** One line. */
  readonly summary: string
  readonly description?: string
  readonly parameters?: Path
  /**
   * Scalars, and arrays of them for what may be repeated. One with a `default` may be left out; no
   * other than these may be given.
   */
  readonly query?: Query
  /** JSON; an absent body counts as `{}`. */
  readonly body?: Body
  /** A body that is a file, read with `receive`; instead of `body`. */
  readonly upload?: UploadSchema<Fields>
  /** Absent: 204, and no content. A schema of `streamed` is no JSON. */
  readonly answer?: Answer
  /** Of success; 200 or 204. */
  readonly status?: number
  /** Holds a secret, or what depends on who asks: nothing keeps it. */
  readonly secret?: boolean
  /** Addressed by a digest and the same for ever: caches may keep it. */
  readonly immutable?: boolean
  /** Refusals beyond those of every route. */
  readonly errors?: readonly (ErrorCode | ProblemCode)[]
  handle(
    call: Call<Static<Path>, Static<Query>, Static<Body>, Static<Fields>>,
    services: ApiServices,
  ): Promise<Answered<Answer>>
}

/** A route of its own types as one of many. */
export function route<
  Path extends TObject,
  Query extends TObject,
  Body extends TSchema,
  Answer extends TSchema,
  Fields extends TObject,
>(definition: Route<Path, Query, Body, Answer, Fields>): Route {
  return definition as unknown as Route
}
