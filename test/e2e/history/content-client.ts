import { sha256 } from '../../helpers/e2e/digest.ts'
import type { Answer } from './answers.ts'
import type { BlobRequest } from './blob-specification.ts'
import type { Connection } from './connection.ts'
import type { History } from './operation.ts'
import { createRecorder } from './recorder.ts'
import type { RepositoryAnswer, RepositoryRequest } from './repository-specification.ts'
import type { TagRequest } from './tag-specification.ts'

/** Blobs, manifests and tags of repositories, on any number of connections, all of it recorded. */
export interface ContentClient {
  send(connection: Connection, request: RepositoryRequest): Promise<RepositoryAnswer | undefined>
  history(): History<RepositoryRequest, RepositoryAnswer>
}

export interface ContentOptions {
  /** Of the manifests and tags. */
  readonly repository: string
  /** The bytes behind each digest that is pushed. */
  readonly contents: ReadonlyMap<string, Buffer>
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json'

/** What the client got, by its own sums; `mixed` if headers and bytes disagree. */
function digestIn({ headers, body }: Answer, method: string): string {
  const told = headers.get('docker-content-digest') ?? 'none'
  return method === 'HEAD' || told === sha256(body) ? told : 'mixed'
}

function read(answer: Answer | undefined, method: string): RepositoryAnswer | undefined {
  if (answer?.status !== 200) return answer && { status: answer.status }
  return { status: answer.status, digest: digestIn(answer, method) }
}

function missingIn({ body }: Answer): readonly string[] {
  const { errors } = JSON.parse(body.toString()) as {
    errors: readonly { readonly code: string; readonly detail?: { readonly digest: string } }[]
  }
  return errors.map(({ code, detail }) => detail?.digest ?? code).sort()
}

type Send = (
  connection: Connection,
  method: string,
  path: string,
  body?: Buffer,
) => Promise<Answer | undefined>

const send: Send = (connection, method, path, body) => {
  const headers = { 'content-type': manifestType }
  return connection.send({ method, path, headers, ...(body ? { body } : {}) })
}

/** HEAD and GET in turn. */
function createReader() {
  let reads = 0
  return async (connection: Connection, path: string) => {
    const method = ++reads % 2 === 0 ? 'HEAD' : 'GET'
    return read(await send(connection, method, path), method)
  }
}

/** Begins an upload for a push; every second one sends the content ahead of the PUT. */
function createStarter() {
  let starts = 0
  return async (connection: Connection, repository: string, content: Buffer) => {
    const begun = await send(connection, 'POST', `/v2/${repository}/blobs/uploads/`)
    const location = begun?.headers.get('location')
    if (location === undefined) throw new Error(`POST of an upload: ${begun?.status}`)
    const ahead = ++starts % 2 === 0
    if (ahead) await send(connection, 'PATCH', location, content)
    return { location, rest: ahead ? Buffer.alloc(0) : content }
  }
}

async function list(connection: Connection, repository: string) {
  const answer = await send(connection, 'GET', `/v2/${repository}/tags/list`)
  if (answer?.status !== 200) return answer && { status: answer.status }
  const { tags } = JSON.parse(answer.body.toString()) as { tags: readonly string[] }
  return { status: answer.status, tags }
}

async function put(
  connection: Connection,
  path: string,
  content: Buffer,
): Promise<RepositoryAnswer | undefined> {
  const answer = await send(connection, 'PUT', path, content)
  if (answer?.status !== 400) return answer && { status: answer.status }
  return { status: answer.status, missing: missingIn(answer) }
}

/** A mount that could not be has begun an upload, which nobody wants. */
async function mount(connection: Connection, path: string) {
  const answer = await send(connection, 'POST', path)
  const upload = answer?.headers.get('location')
  if (answer?.status === 202 && upload !== undefined) await send(connection, 'DELETE', upload)
  return answer && { status: answer.status }
}

export function createContentClient({ repository, contents }: ContentOptions): ContentClient {
  const recorder = createRecorder<RepositoryRequest, RepositoryAnswer>()
  const readPath = createReader()
  const start = createStarter()

  function bytesOf(digest: string): Buffer {
    const bytes = contents.get(digest)
    if (bytes === undefined) throw new Error(`no content for ${digest}`)
    return bytes
  }

  async function change(connection: Connection, method: string, path: string, body?: Buffer) {
    const answer = await send(connection, method, path, body)
    return answer && { status: answer.status }
  }

  function askBlob(connection: Connection, request: Exclude<BlobRequest, { kind: 'push' }>) {
    const blobs = `/v2/${request.repository}/blobs`
    if (request.kind === 'read') return readPath(connection, `${blobs}/${request.digest}`)
    if (request.kind === 'delete') return change(connection, 'DELETE', `${blobs}/${request.digest}`)
    return mount(connection, `${blobs}/uploads/?mount=${request.digest}&from=${request.from}`)
  }

  function askManifest(connection: Connection, request: TagRequest) {
    if (request.kind === 'list') return list(connection, repository)
    const path = (reference: string) => `/v2/${repository}/manifests/${reference}`
    switch (request.kind) {
      case 'put': {
        const { digest, tag = digest } = request
        return put(connection, path(tag), bytesOf(digest))
      }
      case 'resolve':
        return readPath(connection, path(request.tag))
      case 'fetch':
        return readPath(connection, path(request.digest))
      case 'untag':
        return change(connection, 'DELETE', path(request.tag))
      case 'remove':
        return change(connection, 'DELETE', path(request.digest))
    }
  }

  return {
    async send(connection, all) {
      const record = (work: () => Promise<RepositoryAnswer | undefined>) =>
        recorder.record(connection.id, all, work)
      if (all.noun === 'manifest') return record(() => askManifest(connection, all.request))
      const { request } = all
      if (request.kind !== 'push') return record(() => askBlob(connection, request))
      // Of a push only the request that ends it makes the blob visible.
      const { digest } = request
      const { location, rest } = await start(connection, request.repository, bytesOf(digest))
      return record(() => change(connection, 'PUT', `${location}?digest=${digest}`, rest))
    },
    history: recorder.history,
  }
}
