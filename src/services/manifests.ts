import type {
  ManifestRecord,
  MetadataStore,
  NewManifest,
  StoredManifest,
  WantedReference,
} from '../../storage/metadata/store.ts'
import type { Actor } from '../oci/actor.ts'
import { algorithmOf, type Digest, digestOf } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import { type Descriptor, type ManifestView, readManifest } from '../oci/manifest.ts'
import { isIndexType } from '../oci/media-types.ts'
import type { RepositoryName } from '../oci/name.ts'
import type { Reference, Tag } from '../oci/reference.ts'
import { childImage } from './child-image.ts'
import { refusalError } from './policies/refusal.ts'
import { createSoundBodies } from './sound-bodies.ts'

export type { ManifestRecord, StoredManifest }

/** Whether the client can read a media type. */
export type Accepts = (mediaType: string) => boolean

export interface ManifestPush {
  readonly reference: Reference
  readonly body: Buffer
  readonly contentType?: string | undefined
  /** Further tags to point at it (`?tag=`); only with a digest as reference. */
  readonly tags: readonly Tag[]
  /** False: refused if one of its tags points elsewhere. True if absent. */
  readonly mayOverwrite?: boolean
}

export interface PushedManifest {
  readonly digest: Digest
  readonly subject?: Digest | undefined
}

/** Manifests of a repository (distribution-spec "Pulling manifests", "Pushing manifests"). */
export interface Manifests {
  /**
   * By digest: what was pushed. By tag: what the tag points at, or, if that is an index and the
   * client reads only images, its linux/amd64 image.
   * @throws OciError MANIFEST_UNKNOWN
   */
  find(repository: RepositoryName, reference: Reference, accepts: Accepts): Promise<StoredManifest>
  /**
   * The same, without the bytes; whoever asks by digest may refer to it, for the grace from now on.
   */
  head(repository: RepositoryName, reference: Reference, accepts: Accepts): Promise<ManifestRecord>
  /**
   * @throws OciError MANIFEST_INVALID, DIGEST_INVALID, MANIFEST_BLOB_UNKNOWN, DENIED by a rule, or
   *   because a tag must not be overwritten; nothing is changed.
   */
  put(repository: RepositoryName, push: ManifestPush, by: Actor): Promise<PushedManifest>
  /** By digest with all its tags, by tag the pointer alone. @throws OciError MANIFEST_UNKNOWN, DENIED */
  remove(repository: RepositoryName, reference: Reference, by: Actor): Promise<void>
}

/** What a manifest may name. */
export interface ReferencePolicy {
  /** Refuse an image whose config or layers are missing. */
  readonly requireBlobs: boolean
  /** Refuse an index whose entries are missing. */
  readonly requireChildren: boolean
  /** Refuse a manifest that names more blobs and manifests than this. */
  readonly maxReferences: number
}

function unknown(reference: Reference): OciError {
  const detail = reference.tag === undefined ? { digest: reference.digest } : { tag: reference.tag }
  return new OciError('MANIFEST_UNKNOWN', { detail })
}

function refuseOtherDigest(reference: Reference, body: Buffer): Digest {
  const algorithm = reference.digest === undefined ? 'sha256' : algorithmOf(reference.digest)
  const digest = digestOf(body, algorithm)
  if (reference.digest === undefined || reference.digest === digest) return digest
  throw new OciError('DIGEST_INVALID', {
    message: 'the manifest has another digest than the one it was sent to',
    detail: { expected: reference.digest, actual: digest },
  })
}

function wanted(descriptors: readonly Descriptor[], required: boolean): readonly WantedReference[] {
  return descriptors.map(({ digest, elsewhere }) => ({ digest, required: required && !elsewhere }))
}

function toStore(
  view: ManifestView,
  stored: Pick<StoredManifest, 'digest' | 'body'>,
  policy: ReferencePolicy,
): NewManifest {
  const { mediaType, artifactType, annotations, subject } = view
  return {
    ...stored,
    mediaType,
    size: stored.body.length,
    blobs: wanted(view.blobs, policy.requireBlobs),
    children: wanted(view.children, policy.requireChildren),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(subject === undefined ? {} : { subject }),
  }
}

/** By tag, a client that reads images alone gets an image out of an index. */
function needsChild(record: ManifestRecord, reference: Reference, accepts: Accepts): boolean {
  return reference.tag !== undefined && isIndexType(record.mediaType) && !accepts(record.mediaType)
}

export function createManifests(deps: {
  readonly metadata: Pick<MetadataStore, 'manifests' | 'tags' | 'integrity'>
  readonly policy: ReferencePolicy
}): Manifests {
  const { policy } = deps
  const { manifests, tags, integrity } = deps.metadata
  const bodies = createSoundBodies()

  /** Bytes that no longer match their digest are never sent: the next push stores them anew. */
  async function findSound(repository: RepositoryName, reference: Reference) {
    const record = await manifests.head(repository, reference)
    const known = record && bodies.get(record.digest)
    if (known) return { ...record, body: known }
    const stored = record && (await manifests.find(repository, reference))
    if (!stored) throw unknown(reference)
    const { digest, body } = stored
    if (bodies.check(digest, body)) return stored
    await integrity.markManifest(repository, digest)
    throw unknown(reference)
  }

  const children = { headAll: manifests.headAll, find: findSound }

  async function find(
    repository: RepositoryName,
    reference: Reference,
    accepts: Accepts,
  ): Promise<StoredManifest> {
    const stored = await findSound(repository, reference)
    if (!needsChild(stored, reference, accepts)) return stored
    return childImage(children, repository, stored, accepts)
  }

  return {
    find,
    async head(repository, reference, accepts) {
      const record = await manifests.head(repository, reference)
      if (!record) throw unknown(reference)
      if (record.expiring && !(await manifests.lease(repository, record.digest))) {
        throw unknown(reference)
      }
      return needsChild(record, reference, accepts) ? find(repository, reference, accepts) : record
    },
    async put(repository, { reference, body, contentType, tags: more, mayOverwrite = true }, by) {
      const view = readManifest(body, contentType, policy.maxReferences)
      const digest = refuseOtherDigest(reference, body)
      const moved = reference.tag === undefined ? more : [reference.tag]
      const stored = toStore(view, { digest, body }, policy)
      const result = await manifests.put(repository, stored, moved, by, { mayOverwrite })
      if (result.stored) return { digest, subject: view.subject }
      if (result.refused) throw refusalError(repository, result.refused)
      throw new OciError('MANIFEST_BLOB_UNKNOWN', {
        message: 'the manifest names content this repository does not have; push that first',
        details: result.missing.map((missing) => ({ digest: missing })),
      })
    },
    async remove(repository, reference, by) {
      const removed =
        reference.tag === undefined
          ? await manifests.delete(repository, reference.digest, by)
          : await tags.delete(repository, reference.tag, by)
      if (removed === false) throw unknown(reference)
      if (removed !== true) throw refusalError(repository, removed.refused)
    },
  }
}
