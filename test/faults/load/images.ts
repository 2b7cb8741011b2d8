import { ociImage, ociIndex } from '../../../src/oci/media-types.ts'
import { contentOf, imageOf, indexOf } from '../../helpers/push.ts'
import { blobCell, here, manifestCell, tagCell } from '../cells.ts'
import { contentFrom } from '../content.ts'
import type { Change } from '../model.ts'
import type { Image, Piece } from '../world.ts'
import { act, demand, type Writer } from './act.ts'
import { commonPieces, mount, newPiece, remove } from './blobs.ts'
import { repositories, tagsOf } from './names.ts'
import { pushBlob } from './uploads.ts'

function ownTag({ name, random }: Writer): string {
  return random.pick(tagsOf(name))
}

/** Own images that are there for sure. */
function present({ world, shelf }: Writer): readonly Image[] {
  return shelf.images.filter(
    ({ repository, digest }) => world.model.known(manifestCell(repository, digest)) === here,
  )
}

function sizes(piece: Piece) {
  return contentFrom(piece.label, piece.size)
}

/** From now on it may be there, and what it needs stays. */
function remember({ shelf }: Writer, image: Image): void {
  const known = shelf.images.some(
    ({ repository, digest }) => repository === image.repository && digest === image.digest,
  )
  if (!known) shelf.images.push(image)
}

/** PUT of a manifest: under a tag, or under its digest with one or two tags beside it. */
async function putManifest(writer: Writer, image: Image): Promise<void> {
  const { world, random } = writer
  const { repository, digest, bytes, type } = image
  const beside = random.chance(0.25)
  const tags = [...new Set(beside ? [ownTag(writer), ownTag(writer)] : [ownTag(writer)])]
  const query = tags.map((tag) => `tag=${tag}`).join('&')
  const reference = beside ? `${digest}?${query}` : tags.join()
  const answer = await act(world, `PUT of ${digest} as ${tags} in ${repository}`, {
    changes: [
      { cell: manifestCell(repository, digest), to: here },
      ...tags.map((tag) => ({ cell: tagCell(repository, tag), to: digest })),
    ],
    accepted: 201,
    send: () =>
      world.http.send('PUT', `/v2/${repository}/manifests/${reference}`, { type, body: bytes }),
  })
  demand(answer, 201)
}

/** Looks first whether it is there, as clients do, or pushes it anyway. */
async function provideBlob(writer: Writer, repository: string, piece: Piece): Promise<void> {
  const { world, random } = writer
  const elsewhere = repositories.find(
    (name) => name !== repository && world.model.known(blobCell(name, piece.digest)) === here,
  )
  if (elsewhere && random.chance(0.5) && (await mount(writer, piece, elsewhere, repository))) return
  if (random.chance(0.5)) {
    const path = `/v2/${repository}/blobs/${piece.digest}`
    const { status } = await world.http.send('HEAD', path)
    if (status === 200) return
  }
  await pushBlob(writer, repository, piece)
}

async function pushParts(writer: Writer, repository: string, parts: readonly Piece[]) {
  const pushes = await Promise.allSettled(
    parts.map((piece) => provideBlob(writer, repository, piece)),
  )
  const failed = pushes.find((push) => push.status === 'rejected')
  if (failed) throw failed.reason
}

export async function pushImage(writer: Writer): Promise<void> {
  const { random } = writer
  const repository = random.pick(repositories)
  const own = Array.from({ length: random.between(1, 2) }, () => newPiece(writer))
  const common = commonPieces.filter(() => random.chance(0.3))
  const config = newPiece(writer)
  const layers = [...common, ...own]
  const { bytes, digest } = imageOf(sizes(config), layers.map(sizes))
  const image = { repository, digest, bytes, type: ociImage, parts: [config, ...layers] }
  remember(writer, image)
  await pushParts(writer, repository, image.parts)
  await putManifest(writer, image)
}

/** An index over own images, which stay as long as it may be there. */
export async function pushIndex(writer: Writer): Promise<void> {
  const { random } = writer
  const images = present(writer).filter(({ type }) => type === ociImage)
  if (images.length === 0) return
  const { repository } = random.pick(images)
  const children = images.filter((image) => image.repository === repository).slice(-2)
  const { bytes, digest } = indexOf(children.map(({ bytes }) => contentOf(bytes)))
  const parts = children.map(({ digest, bytes }) => ({ digest, label: '', size: bytes.length }))
  const index = { repository, digest, bytes, type: ociIndex, parts }
  remember(writer, index)
  await putManifest(writer, index)
}

/** The same manifest under another tag. */
export async function retag(writer: Writer): Promise<void> {
  const images = present(writer)
  if (images.length > 0) await putManifest(writer, writer.random.pick(images))
}

/** An image as it is, in another repository. */
export async function copyImage(writer: Writer): Promise<void> {
  const { random } = writer
  const images = present(writer).filter(({ type }) => type === ociImage)
  if (images.length === 0) return
  const source = random.pick(images)
  const repository = random.pick(repositories.filter((name) => name !== source.repository))
  const copy = { ...source, repository }
  remember(writer, copy)
  for (const piece of source.parts) {
    const mounted = await mount(writer, piece, source.repository, repository)
    if (!mounted) await pushBlob(writer, repository, piece)
  }
  await putManifest(writer, copy)
}

export async function deleteTag(writer: Writer): Promise<void> {
  const { world, random } = writer
  const repository = random.pick(repositories)
  const tag = ownTag(writer)
  const changes = [{ cell: tagCell(repository, tag), to: null }]
  await remove(world, `/v2/${repository}/manifests/${tag}`, changes)
}

function isListed({ world, shelf }: Writer, { repository, digest }: Image): boolean {
  return shelf.images.some(
    (index) =>
      index.type === ociIndex &&
      index.repository === repository &&
      index.parts.some((part) => part.digest === digest) &&
      world.model.legal(manifestCell(repository, index.digest)).has(here),
  )
}

/** With it go all tags that point at it. */
export async function deleteManifest(writer: Writer): Promise<void> {
  const { world, random } = writer
  const images = present(writer).filter((image) => !isListed(writer, image))
  if (images.length === 0) return
  const { repository, digest } = random.pick(images)
  const tags: Change[] = tagsOf(writer.name)
    .map((tag) => tagCell(repository, tag))
    .filter((cell) => world.model.legal(cell).has(digest))
    .map((cell) => ({ cell, to: null, only: digest }))
  const changes = [{ cell: manifestCell(repository, digest), to: null }, ...tags]
  await remove(world, `/v2/${repository}/manifests/${digest}`, changes)
}
