import type { IncomingMessage, ServerResponse } from 'node:http'
import multipart, { type Multipart, type MultipartValue } from '@fastify/multipart'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Problem } from '../../src/services/problem.ts'

/** Names and texts of a few fields, and one file of any length. */
const limits = {
  fieldNameSize: 100,
  fieldSize: 1000,
  fields: 20,
  files: 1,
  fileSize: Number.MAX_SAFE_INTEGER,
  headerPairs: 20,
  parts: 21,
} as const

type Parts = AsyncIterableIterator<Multipart>
type Read = (parts: Parts) => Promise<void>

/**
 * The plugin needs a place in an application before that is ready, and would be loaded by every
 * process that way. So it has one of its own, which requests pass through on their way here.
 */
function createPassage() {
  const readers = new WeakMap<IncomingMessage, Read>()
  let passage: Promise<FastifyInstance> | undefined

  async function open(): Promise<FastifyInstance> {
    const app = Fastify({ bodyLimit: Number.MAX_SAFE_INTEGER })
    await app.register(multipart, { limits })
    app.route({
      method: ['POST', 'PUT'],
      url: '*',
      async handler(request, reply) {
        // The answer is given where the request came in.
        reply.hijack()
        await readers.get(request.raw)?.(request.parts())
      },
    })
    await app.ready()
    return app
  }

  return async (raw: IncomingMessage, response: ServerResponse, read: Read): Promise<void> => {
    passage ??= open()
    const app = await passage
    return new Promise((resolve, reject) => {
      readers.set(raw, (parts) => read(parts).then(resolve, reject))
      app.routing(raw, response)
    })
  }
}

const pass = createPassage()

function invalid(message: string): Problem {
  return new Problem('INVALID_BODY', { message })
}

const parserWords =
  /^(?:Unexpected end of multipart|Part terminated early|Multipart: |Malformed part)/

/** The plugin's and its parser's words for what is wrong with a form. */
function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code = '' } = error as { readonly code?: string }
  if (code === 'FST_MP_PREMATURE_CLOSE') return error
  if (code.startsWith('FST_')) return invalid(`the form is not what is wanted: ${error.message}`)
  return parserWords.test(error.message) ? invalid('the form is broken or cut off') : error
}

export interface Form {
  readonly fields: Readonly<Record<string, string>>
  readonly bytes: AsyncIterable<Buffer>
}

function takeField(fields: Record<string, string>, part: MultipartValue): void {
  const { fieldname: name, value, valueTruncated } = part
  if (valueTruncated || typeof value !== 'string') throw invalid(`the field "${name}" is too long`)
  if (Object.hasOwn(fields, name)) throw invalid(`the field "${name}" stands there twice`)
  fields[name] = value
}

/** The file's bytes, and then the form's end: whoever has read them all knows that the form is whole. */
async function* wholeFile(file: AsyncIterable<Buffer>, parts: Parts): AsyncGenerator<Buffer> {
  yield* file
  const next = await parts.next()
  if (!next.done) throw invalid(`"${next.value.fieldname}" must stand before the file`)
}

/** Reads the fields before the file, and hands both on. */
async function readParts<Result>(
  parts: Parts,
  fileField: string,
  use: (form: Form) => Promise<Result>,
): Promise<Result> {
  const fields: Record<string, string> = {}
  for (;;) {
    const step = await parts.next()
    if (step.done) throw invalid(`the form has no file in the field "${fileField}"`)
    const part = step.value
    if (part.type === 'file') {
      if (part.fieldname === fileField) return use({ fields, bytes: wholeFile(part.file, parts) })
      throw invalid(`the file must be in the field "${fileField}"`)
    }
    takeField(fields, part)
  }
}

/**
 * @param fileField the name of the form's file, which stands last.
 * @throws Problem INVALID_BODY for a form that is broken or has other parts than are wanted.
 */
export async function readForm<Result>(
  { raw }: FastifyRequest,
  reply: FastifyReply,
  fileField: string,
  use: (form: Form) => Promise<Result>,
): Promise<Result> {
  if (/100-continue/i.test(raw.headers.expect ?? '')) reply.raw.writeContinue()
  let result: { readonly value: Result } | undefined
  await pass(raw, reply.raw, async (parts) => {
    result = { value: await readParts(parts, fileField, use) }
  }).catch((error: unknown) => {
    throw explain(error)
  })
  if (result) return result.value
  throw invalid('the form is empty')
}
