import type { Digest } from '../../oci/digest.ts'
import { isIndexType } from '../../oci/media-types.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Blobs } from '../blobs.ts'
import type { ListedImage, ResolveImage } from '../listing/resolve.ts'
import type { Manifests } from '../manifests.ts'
import type { Permit } from './access.ts'
import { blobPath, indexJson, manifestJson } from './export-lists.ts'
import { createSelection, type Selection } from './export-selection.ts'
import { paddingOf, tarEnd, tarHeader, tarSize } from './tar-writer.ts'

export interface ExportDeps {
  readonly manifests: Pick<Manifests, 'find'>
  readonly blobs: Pick<Blobs, 'find' | 'open'>
  readonly listing: Pick<ResolveImage, 'locate'>
}

export interface ExportOrder {
  /** As people write them: `team/app:1.2`. */
  readonly references: readonly string[]
  readonly platform?: string | undefined
  /** Images whose blobs the other side has. */
  readonly since: readonly string[]
  /** Stands before the names in the archive: `registry.example.com:5000`. */
  readonly prefix?: string | undefined
  readonly permit: Permit
}

/** An archive that is made while it is read. */
export interface ExportedArchive {
  /** Bytes. */
  readonly length: number
  /** Chunks as `BlobBytes` gives them: untouched until the second after them is asked for. */
  readonly bytes: AsyncIterable<Buffer>
}

type Opened = Buffer | AsyncIterable<Buffer>

interface Entry {
  readonly path: string
  readonly size: number
  /** Absent for a directory. */
  readonly open?: () => Promise<Opened>
}

const layoutFile = Buffer.from('{"imageLayoutVersion":"1.0.0"}')
const anyType = () => true

function file(path: string, bytes: Buffer): Entry {
  return { path, size: bytes.length, open: async () => bytes }
}

/** Header after padding, so that small things go out together. */
async function* write(entries: readonly Entry[]): AsyncGenerator<Buffer> {
  let before: Buffer = Buffer.alloc(0)
  for (const { path, size, open } of entries) {
    yield Buffer.concat([before, tarHeader(path, size)])
    before = paddingOf(size)
    if (open === undefined) continue
    const bytes = await open()
    if (Buffer.isBuffer(bytes)) yield bytes
    else yield* bytes
  }
  yield Buffer.concat([before, tarEnd])
}

function createEntries({ manifests, blobs }: ExportDeps, prefix: string | undefined) {
  /** Only of indexes at the root, to choose their images. */
  async function readIndexes({ roots }: Selection): Promise<ReadonlyMap<Digest, Buffer>> {
    const bodies = new Map<Digest, Buffer>()
    for (const { repository, manifest } of roots) {
      if (!isIndexType(manifest.mediaType)) continue
      const { digest } = manifest
      bodies.set(digest, (await manifests.find(repository, { digest }, anyType)).body)
    }
    return bodies
  }

  function content(selection: Selection, without: ReadonlySet<Digest>): readonly Entry[] {
    const documents = [...selection.manifests.values()].map(({ repository, digest, size }) => ({
      path: blobPath(digest),
      size,
      open: async () => (await manifests.find(repository, { digest }, anyType)).body,
    }))
    const layers = [...selection.blobs.values()]
      .filter(({ blob }) => !without.has(blob.digest) && !selection.manifests.has(blob.digest))
      .map(({ repository, blob }) => ({
        path: blobPath(blob.digest),
        size: blob.size,
        open: () => blobs.open(repository, blob),
      }))
    return [...documents, ...layers]
  }

  return async (selection: Selection, without: ReadonlySet<Digest>): Promise<readonly Entry[]> => {
    const entries = content(selection, without)
    const folders = new Set(entries.map(({ path }) => path.slice(0, path.lastIndexOf('/') + 1)))
    const whole = [...selection.blobs.keys()].every((digest) => !without.has(digest))
    const bodies = await readIndexes(selection)
    // Without all layers Docker and Podman can make nothing of it: they are not told of any.
    const list = whole ? manifestJson(selection, (digest) => bodies.get(digest), prefix) : undefined
    return [
      file('oci-layout', layoutFile),
      file('index.json', indexJson(selection, prefix)),
      ...(list ? [file('manifest.json', list)] : []),
      ...['blobs/', ...folders].map((path) => ({ path, size: 0 })),
      ...entries,
    ]
  }
}

/**
 * One archive of images that Docker, Podman, Skopeo and containerd read. Everything is looked up
 * before the first byte is asked for, so that refusals come in time.
 * @throws OciError NAME_INVALID, TAG_INVALID, DIGEST_INVALID, MANIFEST_UNKNOWN, BLOB_UNKNOWN
 */
export async function exportArchive(
  deps: ExportDeps,
  { references, platform, since, prefix, permit }: ExportOrder,
): Promise<ExportedArchive> {
  const permitted = new Set<RepositoryName>()
  async function locate(reference: string, wanted?: string): Promise<ListedImage> {
    const mayPull = async (repository: RepositoryName) => {
      if (!permitted.has(repository)) await permit(repository, 'pull')
      permitted.add(repository)
    }
    return deps.listing.locate(reference, { platform: wanted, permit: mayPull })
  }
  const selected = createSelection(deps)
  for (const reference of references) await selected.add(await locate(reference, platform))
  const known = createSelection(deps)
  for (const reference of since) await known.add(await locate(reference))

  const without = new Set(known.selection().blobs.keys())
  const entries = await createEntries(deps, prefix)(selected.selection(), without)
  const length = entries.reduce((sum, { path, size }) => sum + tarSize(path, size), tarEnd.length)
  return { length, bytes: write(entries) }
}
