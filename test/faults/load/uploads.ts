import { blobCell, here, uploadCell } from '../cells.ts'
import { contentFrom } from '../content.ts'
import type { Answer } from '../http.ts'
import type { OpenUpload, Piece, World } from '../world.ts'
import { act, demand, judge, type Writer } from './act.ts'

const binary = 'application/octet-stream'

function idIn(answer: Answer): string {
  return String(answer.headers['location']).split('/').at(-1) as string
}

export function addressOf({ repository, id }: Pick<OpenUpload, 'repository' | 'id'>): string {
  return `/v2/${repository}/blobs/uploads/${id}`
}

/** Takes note of an upload that an answer says has begun. */
export function noteBegun(world: World, repository: string, answer: Answer): string {
  const id = idIn(demand(answer, 202))
  world.model.begin([{ cell: uploadCell(repository, id), to: here }]).end('acknowledged')
  return id
}

async function begin(world: World, repository: string): Promise<string> {
  const answer = await world.http.send('POST', `/v2/${repository}/blobs/uploads/`)
  if (answer.status !== 202) judge(world, `beginning an upload in ${repository}`, answer)
  return noteBegun(world, repository, answer)
}

function slices(bytes: Buffer, size: number): Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / size))
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}

/** Sends the bytes from `start` to `end` as one chunk; gives the answer. */
function patch(world: World, upload: OpenUpload, bytes: Buffer, start: number): Promise<Answer> {
  const headers = { 'content-range': `${start}-${start + bytes.length - 1}` }
  return world.http.send('PATCH', addressOf(upload), { type: binary, headers, body: bytes })
}

/** How far the registry says the upload is; `undefined` if it knows no such upload. */
export async function progressOf(world: World, upload: OpenUpload): Promise<number | undefined> {
  const answer = await world.http.send('GET', addressOf(upload))
  if (answer.status === 404) return undefined
  if (answer.status !== 204) judge(world, `asking for upload ${upload.id}`, answer)
  const last = Number(String(demand(answer, 204).headers['range']).split('-')[1])
  return last === 0 ? 0 : last + 1
}

/** Ends the upload with what is missing of it; the blob is there afterwards. */
export async function finish(world: World, upload: OpenUpload, rest?: Buffer): Promise<void> {
  const { repository, id, piece } = upload
  const path = `${addressOf(upload)}?digest=${piece.digest}`
  const ending = world.model.begin([{ cell: uploadCell(repository, id), to: null }])
  try {
    const answer = await act(world, `PUT of ${piece.digest} to ${repository}`, {
      changes: [{ cell: blobCell(repository, piece.digest), to: here }],
      accepted: 201,
      send: () => world.http.send('PUT', path, rest ? { type: binary, body: rest } : {}),
    })
    ending.end(answer.status === 201 ? 'acknowledged' : 'unknown')
    demand(answer, 201)
  } catch (error) {
    ending.end('unknown')
    throw error
  }
}

/** Begins an upload and sends the first `length` bytes, in chunks of `size` bytes each. */
async function sendChunks(
  { world }: Writer,
  repository: string,
  piece: Piece,
  length: number,
  size: number,
): Promise<OpenUpload> {
  const id = await begin(world, repository)
  const bytes = contentFrom(piece.label, piece.size).bytes.subarray(0, length)
  let upload: OpenUpload = { repository, id, piece, acknowledged: 0 }
  for (const chunk of slices(bytes, size)) {
    if (chunk.length === 0) continue
    const answer = await patch(world, upload, chunk, upload.acknowledged)
    if (answer.status !== 202) judge(world, `PATCH of upload ${id}`, answer)
    demand(answer, 202)
    upload = { ...upload, acknowledged: upload.acknowledged + chunk.length }
  }
  return upload
}

/** One request. */
async function inOnePost({ world }: Writer, repository: string, piece: Piece): Promise<void> {
  const path = `/v2/${repository}/blobs/uploads/?digest=${piece.digest}`
  const answer = await act(world, `POST of ${piece.digest} to ${repository}`, {
    changes: [{ cell: blobCell(repository, piece.digest), to: here }],
    accepted: 201,
    send: () => {
      const body = contentFrom(piece.label, piece.size).bytes
      return world.http.send('POST', path, { type: binary, body })
    },
  })
  demand(answer, 201)
}

/** POST, then all of it in a PUT. */
async function inOnePut({ world }: Writer, repository: string, piece: Piece): Promise<void> {
  const id = await begin(world, repository)
  const upload = { repository, id, piece, acknowledged: 0 }
  await finish(world, upload, contentFrom(piece.label, piece.size).bytes)
}

/** A PATCH of unknown length, as Docker does it. */
async function asStream({ world }: Writer, repository: string, piece: Piece): Promise<void> {
  const id = await begin(world, repository)
  const upload = { repository, id, piece, acknowledged: 0 }
  const body = slices(contentFrom(piece.label, piece.size).bytes, 8192)
  const answer = await world.http.send('PATCH', addressOf(upload), { type: binary, body })
  if (answer.status !== 202) judge(world, `PATCH of upload ${id}`, answer)
  demand(answer, 202)
  await finish(world, upload)
}

/** Chunks with `Content-Range`, the last one with the PUT. */
async function inChunks(writer: Writer, repository: string, piece: Piece): Promise<void> {
  const size = writer.random.between(1, 4) * 4096
  const length = Math.max(0, piece.size - size)
  const upload = await sendChunks(writer, repository, piece, length, size)
  const rest = contentFrom(piece.label, piece.size).bytes.subarray(length)
  await finish(writer.world, upload, rest)
}

/** All chunks at the same time; those that came too early are sent again, in order. */
async function inRace({ world, random }: Writer, repository: string, piece: Piece): Promise<void> {
  const id = await begin(world, repository)
  const upload = { repository, id, piece, acknowledged: 0 }
  const size = random.between(1, 4) * 4096
  const { bytes } = contentFrom(piece.label, piece.size)
  const chunks = slices(bytes, size).map((chunk, index) => ({ chunk, start: index * size }))
  const first = await Promise.allSettled(
    chunks.map(({ chunk, start }) => patch(world, upload, chunk, start)),
  )
  const broken = first.find((result) => result.status === 'rejected')
  if (broken) throw broken.reason
  for (const { chunk, start } of chunks) {
    const done = (await progressOf(world, upload)) ?? 0
    if (done > start) continue
    demand(await patch(world, upload, chunk, start), 202)
  }
  await finish(world, upload)
}

const ways = [inOnePost, inOnePut, asStream, inChunks, inRace]

/** Pushes a blob in one of the ways there are. @throws Refused, Broken, Silent */
export async function pushBlob(writer: Writer, repository: string, piece: Piece): Promise<void> {
  await writer.random.pick(ways)(writer, repository, piece)
}

/**
 * Sends a part and leaves it at that. Not a single byte: the protocol writes the progress of an empty
 * upload and of one with one byte alike, `0-0`.
 */
export async function leaveUpload(writer: Writer, repository: string, piece: Piece): Promise<void> {
  const { random, shelf } = writer
  const some = random.between(0, piece.size - 1)
  const length = some === 1 ? 0 : some
  shelf.uploads.push(await sendChunks(writer, repository, piece, length, 8192))
}

/**
 * Goes on with an upload from where the registry says it is, which may be further than the last
 * answer told. If the registry knows it no more, nothing is done.
 */
export async function resumeUpload(world: World, upload: OpenUpload): Promise<void> {
  const { repository, id, piece, acknowledged } = upload
  const survives = world.options.uploadsSurvive !== false
  const cell = uploadCell(repository, id)
  const certain = survives && world.model.known(cell) === here
  const done = await progressOf(world, upload)
  if (done === undefined) {
    if (certain) world.fail('lost', `${cell} is not known any more`)
    world.model.observe(cell, null)
    return
  }
  if (done > piece.size || (survives && done < acknowledged)) {
    world.fail('lost', `${cell} has ${done} bytes; ${acknowledged} of ${piece.size} were taken`)
  }
  const rest = contentFrom(piece.label, piece.size).bytes.subarray(done)
  await finish(world, upload, rest.length > 0 ? rest : undefined)
}

export async function cancelUpload({ world }: Writer, upload: OpenUpload): Promise<void> {
  const cell = uploadCell(upload.repository, upload.id)
  const mayBeGone = world.options.uploadsSurvive === false || world.model.legal(cell).has(null)
  const answer = await act(world, `DELETE of ${cell}`, {
    changes: [{ cell, to: null }],
    accepted: 204,
    refusable: mayBeGone ? [404] : [],
    send: () => world.http.send('DELETE', addressOf(upload)),
  })
  if (answer.status === 404) world.model.observe(cell, null)
}
