import { blobCell, here } from '../cells.ts'
import { contentFrom } from '../content.ts'
import { createRandom } from '../random.ts'
import type { Piece, World } from '../world.ts'
import { act, type Writer } from './act.ts'
import { mountRepository, repositories } from './names.ts'
import { cancelUpload, leaveUpload, noteBegun, pushBlob } from './uploads.ts'

function pieceOf(label: string, size: number): Piece {
  return { label, size, digest: contentFrom(label, size).digest }
}

/** Layers that everybody pushes, again and again, and nobody deletes. */
export const commonPieces: readonly Piece[] = Array.from({ length: 6 }, (_, index) =>
  pieceOf(`common layer ${index}`, createRandom(index).between(1024, 65_536)),
)

/** Content nobody else has. Small ones are more frequent. */
export function newPiece({ world, shelf, random, name }: Writer): Piece {
  shelf.count += 1
  const label = `${world.options.seed} ${name} ${shelf.count}`
  return pieceOf(label, 1024 + Math.floor(63 * 1024 * random.next() ** 2))
}

/**
 * Mounts a blob; true if it is there now. Where the source is taken away at the same time, the
 * registry may begin an upload instead, which is cancelled.
 */
export async function mount(
  writer: Writer,
  piece: Piece,
  from: string,
  to: string,
): Promise<boolean> {
  const { world } = writer
  const source = blobCell(from, piece.digest)
  const certain = world.model.known(source) === here
  const version = world.model.version(source)
  const query = `mount=${piece.digest}&from=${encodeURIComponent(from)}`
  const answer = await act(world, `mount of ${piece.digest} from ${from} to ${to}`, {
    changes: [{ cell: blobCell(to, piece.digest), to: here }],
    accepted: 201,
    refusable: [202],
    send: () => world.http.send('POST', `/v2/${to}/blobs/uploads/?${query}`),
  })
  if (answer.status === 201) return true
  const id = noteBegun(world, to, answer)
  if (certain && world.model.version(source) === version) {
    world.fail('lost', `${source} was known, and could not be mounted`)
  }
  await cancelUpload(writer, { repository: to, id, piece, acknowledged: 0 })
  return false
}

export async function pushLooseBlob(writer: Writer): Promise<void> {
  const repository = writer.random.pick(repositories)
  const piece = newPiece(writer)
  writer.shelf.blobs.push({ repository, piece })
  await pushBlob(writer, repository, piece)
}

/** From whoever has something, who may just be deleting it. */
export async function mountFromAnybody(writer: Writer): Promise<void> {
  const { world, random } = writer
  const { blobs } = random.pick(world.shelves)
  if (blobs.length === 0) return
  const { repository, piece } = random.pick(blobs)
  await mount(writer, piece, repository, mountRepository(writer.name))
}

/** Whether an image that may be there needs the blob. */
function isNeeded({ world, shelf }: Writer, repository: string, digest: string): boolean {
  return shelf.images.some(
    (image) =>
      image.repository === repository &&
      image.parts.some((part) => part.digest === digest) &&
      world.model.legal(`manifest ${repository} ${image.digest}`).has(here),
  )
}

function isCommon(digest: string): boolean {
  return commonPieces.some((piece) => piece.digest === digest)
}

/** Own blobs that may be there and that no image of this repository needs. */
function deletable(writer: Writer): readonly { repository: string; digest: string }[] {
  const { shelf, world } = writer
  const loose = shelf.blobs.map(({ repository, piece: { digest } }) => ({ repository, digest }))
  const layers = shelf.images.flatMap(({ repository, parts }) =>
    parts.map(({ digest }) => ({ repository, digest })),
  )
  return [...loose, ...layers.filter(({ digest }) => !isCommon(digest))].filter(
    ({ repository, digest }) =>
      world.model.legal(blobCell(repository, digest)).has(here) &&
      !isNeeded(writer, repository, digest),
  )
}

/** Deletes what is named by the path; a 404 is right where it may be gone already. */
export async function remove(
  world: World,
  path: string,
  changes: Parameters<typeof act>[2]['changes'],
): Promise<void> {
  const [first] = changes
  if (first === undefined) throw new Error('nothing to remove')
  const mayBeGone = world.model.legal(first.cell).has(null)
  const answer = await act(world, `DELETE of ${first.cell}`, {
    changes,
    accepted: 202,
    refusable: mayBeGone ? [404] : [],
    send: () => world.http.send('DELETE', path),
  })
  if (answer.status === 404) world.model.observe(first.cell, null)
}

export async function deleteBlob(writer: Writer): Promise<void> {
  const candidates = deletable(writer)
  if (candidates.length === 0) return
  const { repository, digest } = writer.random.pick(candidates)
  const changes = [{ cell: blobCell(repository, digest), to: null }]
  await remove(writer.world, `/v2/${repository}/blobs/${digest}`, changes)
}

export async function leaveNewUpload(writer: Writer): Promise<void> {
  const repository = writer.random.pick(repositories)
  const piece = newPiece(writer)
  writer.shelf.blobs.push({ repository, piece })
  await leaveUpload(writer, repository, piece)
}
