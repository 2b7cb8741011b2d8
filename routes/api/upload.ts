import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TObject } from 'typebox'
import { bareType } from '../../src/oci/media-types.ts'
import { Problem } from '../../src/services/problem.ts'
import { bodyOf, lengthOf } from '../http/body.ts'
import { describeMistake, findMistake } from './check.ts'

/** A body that is a file, as it is or in a form. */
export interface UploadSchema<Fields extends TObject = TObject> {
  readonly mediaType: string
  /** What stands in a form before its file, each at most once; texts. */
  readonly fields: Fields
}

export interface Upload<Fields> {
  /** Of a form; none where the body is the file. */
  readonly fields: Partial<Fields>
  readonly bytes: AsyncIterable<Buffer>
}

/** Reads the body of the request while `use` is at work with it. */
export type Receive<Fields> = <Result>(
  use: (upload: Upload<Fields>) => Promise<Result>,
) => Promise<Result>

/** The name of a form's file. */
export const fileField = 'file'

function checkFields(schema: TObject, fields: Readonly<Record<string, string>>): void {
  const known = Object.keys(schema.properties)
  const unknown = Object.keys(fields).find((name) => !known.includes(name))
  const mistake = unknown
    ? ({ kind: 'unknown', at: unknown, known: [...known, fileField] } as const)
    : findMistake(schema, fields)
  if (mistake) throw new Problem('INVALID_BODY', describeMistake(mistake, 'field'))
}

/** What a handler reads an upload with; the body is touched only when it does. */
export function createReceive<Fields extends TObject>(
  { fields: schema }: UploadSchema<Fields>,
  request: FastifyRequest,
  reply: FastifyReply,
): Receive<Static<Fields>> {
  return async (use) => {
    if (bareType(request.headers['content-type']) === 'multipart/form-data') {
      const { readForm } = await import('./form.ts')
      return readForm(request, reply, fileField, (form) => {
        checkFields(schema, form.fields)
        return use(form as Upload<Static<Fields>>)
      })
    }
    if (lengthOf(request) === 0) {
      throw new Problem('INVALID_BODY', { message: 'the body is empty; send the file' })
    }
    return use({ fields: {}, bytes: bodyOf(request, reply) })
  }
}
