import { algorithmOf, algorithms, type Digest, digestOf, isDigest } from '../../oci/digest.ts'
import { peek } from './decompress.ts'
import { isFields, tryJson } from './json.ts'
import { limits } from './limits.ts'
import { entryPath, linkTarget } from './paths.ts'
import { refuse, show } from './refusal.ts'
import type { Shelf, ShelvedBlob } from './shelf.ts'
import { type TarEntry, tarEntries } from './tar-entries.ts'

/** A file of an archive that is not known by its digest: Docker's older layout names layers freely. */
export type NamedFile =
  | { readonly kind: 'document'; readonly bytes: Buffer }
  | { readonly kind: 'layer'; readonly blob: ShelvedBlob }

/** All that an archive holds, once it is read to its end. */
export interface Contents {
  /** `index.json`, `manifest.json` and their like. */
  readonly files: ReadonlyMap<string, NamedFile>
  /** Documents among the blobs: manifests, configs. */
  readonly documents: ReadonlyMap<Digest, Buffer>
  /** All other blobs. */
  readonly blobs: ReadonlyMap<Digest, ShelvedBlob>
  readonly links: ReadonlyMap<string, string>
}

/** Files that tell what an archive holds, and how long they may be. */
const lists: Readonly<Record<string, number>> = {
  'manifest.json': limits.list,
  'index.json': limits.document,
  'oci-layout': limits.list,
  repositories: limits.list,
}

function isList(path: string, size: number): boolean {
  const limit = lists[path]
  if (limit !== undefined && size > limit) throw refuse(`${path} is longer than ${limit} bytes`)
  return limit !== undefined
}

/** The digest that a path of an OCI layout promises. */
function digestIn(path: string): Digest | undefined {
  const [folder, algorithm = '', hex = '', ...more] = path.split('/')
  if (folder !== 'blobs' || more.length > 0 || !algorithms.some((known) => known === algorithm)) {
    return undefined
  }
  const digest = `${algorithm}:${hex}`
  if (isDigest(digest)) return digest
  throw refuse(`${show(path)} is no place for a blob`)
}

/** Manifests, and configs of images: what has to be looked into. Other JSON is content. */
function isOfInterest(bytes: Buffer): boolean {
  const value = tryJson(bytes)
  if (!isFields(value)) return false
  return ['manifests', 'layers', 'schemaVersion', 'rootfs'].some((key) => Object.hasOwn(value, key))
}

function refuseOther(bytes: Buffer, digest: Digest, path: string): void {
  if (digestOf(bytes, algorithmOf(digest)) === digest) return
  throw refuse(`${path} has another digest than its name says`, { digest })
}

async function readWhole(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

async function skip(bytes: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of bytes);
}

/** Reads entries one by one; layers go to the shelf, what tells of them stays in memory. */
function createReader(shelf: Shelf) {
  const files = new Map<string, NamedFile>()
  const documents = new Map<Digest, Buffer>()
  const blobs = new Map<Digest, ShelvedBlob>()
  const links = new Map<string, string>()
  let kept = 0

  function keep(bytes: Buffer): Buffer {
    kept += bytes.length
    if (kept <= limits.documents) return bytes
    throw refuse(`its manifests and configs are more than ${limits.documents} bytes together`)
  }

  async function readBlob(path: string, digest: Digest, { size, bytes }: TarEntry): Promise<void> {
    if (documents.has(digest) || blobs.has(digest)) return skip(bytes)
    const { start, all } = await peek(bytes, 1)
    if (size > limits.document || start[0] !== 0x7b) {
      blobs.set(digest, await shelf.put(all, { digest, path }))
      return
    }
    const whole = await readWhole(all)
    refuseOther(whole, digest, path)
    if (isOfInterest(whole)) documents.set(digest, keep(whole))
    else blobs.set(digest, await shelf.put([whole], { digest, path }))
  }

  /** Of Docker's older layout: documents begin with a brace, and all else may be a layer. */
  async function readNamed(path: string, { size, bytes }: TarEntry): Promise<void> {
    if (files.has(path)) throw refuse(`${show(path)} stands there twice`)
    const listed = isList(path, size)
    const { start, all } = await peek(bytes, 1)
    const document = size <= limits.list && start[0] === 0x7b
    if (listed || document) files.set(path, { kind: 'document', bytes: keep(await readWhole(all)) })
    else if (start.length === 0 || path.endsWith('/VERSION')) await skip(all)
    else files.set(path, { kind: 'layer', blob: await shelf.putLayer(all) })
  }

  return {
    async read(entry: TarEntry): Promise<void> {
      const path = entryPath(entry.path)
      if (entry.type === 'directory') return
      if (entry.type !== 'file') {
        links.set(path, linkTarget(path, entry.target, entry.type))
        return
      }
      const digest = digestIn(path)
      await (digest === undefined ? readNamed(path, entry) : readBlob(path, digest, entry))
    },
    contents: (): Contents => ({ files, documents, blobs, links }),
  }
}

/**
 * Reads a whole archive. Nothing of it is published: blobs lie on the shelf, which its owner clears.
 * @throws Problem for an archive that is broken or goes beyond the limits.
 */
export async function readContents(
  archive: AsyncIterable<Buffer>,
  shelf: Shelf,
): Promise<Contents> {
  const reader = createReader(shelf)
  for await (const entry of tarEntries(archive)) await reader.read(entry)
  return reader.contents()
}
