import type { Digest } from '../../oci/digest.ts'
import { OciError } from '../../oci/errors.ts'
import { type Descriptor, type ManifestView, readManifest } from '../../oci/manifest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'
import type { BlobRecord, Blobs } from '../blobs.ts'
import type { ListedImage } from '../listing/resolve.ts'
import type { Manifests } from '../manifests.ts'
import { limits } from './limits.ts'

export interface SelectionDeps {
  readonly manifests: Pick<Manifests, 'find'>
  readonly blobs: Pick<Blobs, 'find'>
}

/** A manifest to be exported, without its bytes. */
export interface SelectedManifest {
  readonly repository: RepositoryName
  readonly digest: Digest
  readonly mediaType: string
  readonly size: number
  readonly view: ManifestView
}

export interface SelectedBlob {
  readonly repository: RepositoryName
  readonly blob: BlobRecord
}

export interface SelectedRoot {
  readonly manifest: SelectedManifest
  readonly repository: RepositoryName
  readonly tag?: Tag
}

/** All that goes into an archive, each once. */
export interface Selection {
  readonly roots: readonly SelectedRoot[]
  readonly manifests: ReadonlyMap<Digest, SelectedManifest>
  readonly blobs: ReadonlyMap<Digest, SelectedBlob>
}

const anyType = () => true

/** What is not there, as `undefined`. */
async function unlessUnknown<T>(found: Promise<T>): Promise<T | undefined> {
  return found.catch((error: unknown) => {
    if (error instanceof OciError && /_UNKNOWN$/.test(error.code)) return undefined
    throw error
  })
}

/**
 * Collects images with all that is below them. What an index lists and the registry does not have is
 * left out, as it would be in a pull.
 */
export function createSelection({ manifests, blobs }: SelectionDeps) {
  const roots: SelectedRoot[] = []
  const chosen = new Map<Digest, SelectedManifest>()
  const content = new Map<Digest, SelectedBlob>()

  async function read(repository: RepositoryName, digest: Digest): Promise<SelectedManifest> {
    const { body, mediaType, size } = await manifests.find(repository, { digest }, anyType)
    const view = readManifest(body, mediaType, Number.MAX_SAFE_INTEGER)
    return { repository, digest, mediaType, size, view }
  }

  async function addBlob(repository: RepositoryName, { digest, elsewhere }: Descriptor) {
    if (content.has(digest)) return
    const found = blobs.find(repository, digest)
    const blob = elsewhere ? await unlessUnknown(found) : await found
    if (blob) content.set(digest, { repository, blob })
  }

  async function addChild(repository: RepositoryName, child: Descriptor, depth: number) {
    const manifest = await unlessUnknown(read(repository, child.digest))
    if (manifest) await add(manifest, depth)
    else await addBlob(repository, { ...child, elsewhere: true })
  }

  async function add(manifest: SelectedManifest, depth: number): Promise<void> {
    const { repository, digest, view } = manifest
    if (chosen.has(digest) || depth > limits.depth) return
    chosen.set(digest, manifest)
    for (const blob of view.blobs) await addBlob(repository, blob)
    for (const child of view.children) await addChild(repository, child, depth + 1)
  }

  return {
    /** @throws OciError MANIFEST_UNKNOWN, BLOB_UNKNOWN */
    async add({ repository, tag, digest }: ListedImage): Promise<void> {
      const manifest = await read(repository, digest)
      await add(manifest, 0)
      roots.push({ manifest, repository, ...(tag ? { tag } : {}) })
    },
    selection: (): Selection => ({ roots, manifests: chosen, blobs: content }),
  }
}
