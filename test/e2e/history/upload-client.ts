import type { Answer } from './answers.ts'
import { type Connection, openConnection, type WireRequest } from './connection.ts'
import type { History } from './operation.ts'
import { createRecorder } from './recorder.ts'
import type { ChunkRange, UploadAnswer, UploadRequest } from './upload-specification.ts'

/** One upload, on any number of connections, with everything recorded. */
export interface UploadClient {
  readonly id: string
  readonly repository: string
  send(connection: Connection, request: UploadRequest): Promise<UploadAnswer | undefined>
  history(): History<UploadRequest, UploadAnswer>
}

/** A repository nobody pushes to: what is asked of an upload there must not be done. */
export const foreignRepository = 'foreign/app'

function rangeHeader(range: ChunkRange): Record<string, string> {
  const text = range === 'malformed' ? 'bytes 0-1' : `${range.start}-${range.end}`
  return { 'content-range': text }
}

function toWire(repository: string, id: string, request: UploadRequest): WireRequest {
  const path = (name: string) => `/v2/${name}/blobs/uploads/${id}`
  if (request.kind === 'get') return { method: 'GET', path: path(repository) }
  if (request.kind === 'delete') return { method: 'DELETE', path: path(repository) }
  if (request.kind === 'foreign') {
    const { method, digest } = request
    const query = digest === undefined ? '' : `?digest=${digest}`
    return { method, path: path(foreignRepository) + query, body: request.body }
  }
  const query = request.kind === 'put' && request.digest !== '' ? `?digest=${request.digest}` : ''
  return {
    method: request.kind.toUpperCase(),
    path: path(repository) + query,
    headers: request.range ? rangeHeader(request.range) : {},
    body: request.body,
  }
}

/** The first code of an error answer. */
export function codeOf({ status, body }: Answer): { readonly code?: string } {
  if (status < 400 || body.length === 0) return {}
  const { errors } = JSON.parse(body.toString()) as { errors: readonly { code: string }[] }
  return errors[0] ? { code: errors[0].code } : {}
}

function fromWire(answer: Answer): UploadAnswer {
  const range = answer.headers.get('range')
  return {
    status: answer.status,
    ...codeOf(answer),
    ...(range === undefined ? {} : { last: Number(/^0-(\d+)$/.exec(range)?.[1]) }),
  }
}

/** Begins an upload. */
export async function beginUpload(host: string, repository: string): Promise<UploadClient> {
  const first = await openConnection(host)
  const path = `/v2/${repository}/blobs/uploads/`
  const begun = await first.send({ method: 'POST', path })
  first.close()
  const id = begun?.headers.get('docker-upload-uuid')
  if (begun?.status !== 202 || id === undefined) throw new Error(`POST: ${begun?.status}`)
  const recorder = createRecorder<UploadRequest, UploadAnswer>()
  return {
    id,
    repository,
    send: (connection, request) =>
      recorder.record(connection.id, request, async () => {
        const wire = toWire(repository, id, request)
        const { body } = wire
        const breaks = 'sent' in request && request.sent !== undefined && body !== undefined
        const answer = breaks
          ? await connection.breakOff({ ...wire, body }, request.sent)
          : await connection.send(wire)
        return answer && fromWire(answer)
      }),
    history: recorder.history,
  }
}
