import type { Visibility } from '../../access/rights.ts'
import type { Actor } from '../../oci/actor.ts'
import { algorithmOf, type Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Blobs } from '../blobs.ts'
import type { Manifests } from '../manifests.ts'
import { Problem } from '../problem.ts'
import type { StagedContent, Staging } from '../staging.ts'
import type { Uploads } from '../uploads.ts'
import type { Plan, PlannedManifest } from './plan.ts'
import type { Target } from './targets.ts'

export interface PublishDeps {
  readonly staging: Staging
  readonly uploads: Pick<Uploads, 'finish' | 'cancel'>
  readonly blobs: Pick<Blobs, 'mount'>
  readonly manifests: Pick<Manifests, 'put'>
  /** Size of a blob that any repository has. */
  readonly sizeOf: (digest: Digest) => Promise<number | undefined>
  /** See `BlobTable.holder`. */
  readonly holder: (digest: Digest, visible: Visibility) => Promise<RepositoryName | undefined>
}

/** An image that was imported. Bytes are those of config and layers. */
export interface ImportedImage extends Target {
  /** Written by this import, or held only where whoever imports may not look. */
  readonly newBytes: number
  /** In the registry before, as far as they see, or written for an image before this one. */
  readonly existingBytes: number
}

/** Manifests below one, children before it. */
function closure(plan: Plan, digest: Digest): readonly PlannedManifest[] {
  const wanted = new Set<Digest>()
  const collect = (one: Digest) => {
    const manifest = plan.manifests.get(one)
    if (manifest === undefined || wanted.has(one)) return
    wanted.add(one)
    for (const child of manifest.view.children) collect(child.digest)
  }
  collect(digest)
  // The plan has them in an order in which children come first.
  return [...plan.manifests.values()].filter((manifest) => wanted.has(manifest.digest))
}

function isInArchive({ documents, blobs }: Plan, digest: Digest): boolean {
  return documents.has(digest) || blobs.has(digest)
}

/** Blobs that a manifest needs, of those that an index lists only the ones that came with it. */
function blobsOf(plan: Plan, { view }: PlannedManifest): readonly Digest[] {
  const needed = view.blobs.filter(
    ({ digest, elsewhere }) => !elsewhere || isInArchive(plan, digest),
  )
  const listed = view.children.filter(({ digest }) => plan.blobs.has(digest))
  return [...needed, ...listed].map(({ digest }) => digest)
}

/** Blobs that images of a plan need, that it lacks and that may not be taken from the registry. */
export async function findMissing(
  plan: Plan,
  targets: readonly Target[],
  mayUse: (digest: Digest) => Promise<boolean>,
): Promise<readonly Digest[]> {
  const manifests = new Set(targets.flatMap(({ digest }) => closure(plan, digest)))
  const needed = new Set([...manifests].flatMap((manifest) => blobsOf(plan, manifest)))
  const missing: Digest[] = []
  for (const digest of needed) {
    const here = isInArchive(plan, digest) || (await mayUse(digest))
    if (!here) missing.push(digest)
  }
  return missing
}

/** Who imports, and what they may; see `ImportOrder`. */
export interface Publisher {
  readonly by: Actor
  readonly mayOverwrite: (repository: RepositoryName) => boolean
  readonly visible?: Visibility | undefined
}

/**
 * Whether whoever imports may be told that a blob was there: not if it is held out of their sight alone.
 * What is asked for again was theirs the first time.
 */
function createSight({ holder }: PublishDeps, visible: Visibility | undefined) {
  const theirs = new Set<Digest>()
  return async (digest: Digest): Promise<boolean> => {
    const isSeen = visible === undefined || theirs.has(digest)
    theirs.add(digest)
    return isSeen || (await holder(digest, visible)) !== undefined
  }
}

/** Stores images as a push does: blobs, then manifests from the children up, the tag last. */
export function createPublish(
  deps: PublishDeps,
  plan: Plan,
  { by, mayOverwrite, visible }: Publisher,
) {
  const { staging, uploads, blobs, manifests, sizeOf } = deps
  /** What was stored here, so that it is stored once. */
  const stored = new Map<Digest, RepositoryName>()
  const placed = new Set<string>()
  const isSeen = createSight(deps, visible)

  async function finish(repository: RepositoryName, staged: Omit<StagedContent, 'size'>) {
    const { id, digest } = staged
    await staging.adopt(staged, repository, by)
    try {
      await uploads.finish(repository, id, digest)
    } catch (error) {
      await uploads.cancel(repository, id).catch(() => undefined)
      throw error
    }
    stored.set(digest, repository)
  }

  async function mount(repository: RepositoryName, digest: Digest): Promise<number> {
    // Who brought the bytes may use them, whoever else has them.
    const seen = stored.has(digest) || isInArchive(plan, digest) ? undefined : visible
    const mounted = await blobs.mount(digest, repository, stored.get(digest), by, seen)
    if (mounted) return mounted.size
    throw new Problem('CONFLICT', {
      message: `the blob ${digest} went from the registry while the archive was imported; import it again`,
      params: { digest },
    })
  }

  /** Bytes of a blob that was written now; `undefined` if it is in the registry already. */
  async function store(repository: RepositoryName, digest: Digest): Promise<number | undefined> {
    if (stored.has(digest)) return undefined
    const shelved = plan.blobs.get(digest)
    const known = (await sizeOf(digest)) !== undefined
    if (known) return undefined
    if (shelved?.upload) {
      await finish(repository, { id: shelved.upload, digest })
      return shelved.size
    }
    const document = plan.documents.get(digest)
    if (document === undefined) return undefined
    const staged = await staging.take(bytesOf(document), algorithmOf(digest))
    await finish(repository, staged)
    return staged.size
  }

  async function publishBlob(repository: RepositoryName, digest: Digest) {
    const key = `${repository}@${digest}`
    const wasSeen = await isSeen(digest)
    const added = placed.has(key) ? undefined : await store(repository, digest)
    const size = added ?? (await mount(repository, digest))
    placed.add(key)
    const isNew = added !== undefined || !wasSeen
    return isNew ? { added: size, existing: 0 } : { added: 0, existing: size }
  }

  async function publishBlobs(repository: RepositoryName, digests: ReadonlySet<Digest>) {
    let newBytes = 0
    let existingBytes = 0
    for (const digest of digests) {
      const { added, existing } = await publishBlob(repository, digest)
      newBytes += added
      existingBytes += existing
    }
    return { newBytes, existingBytes }
  }

  return async ({ repository, tag, digest: root }: Target): Promise<ImportedImage> => {
    const below = closure(plan, root)
    const needed = new Set(below.flatMap((manifest) => blobsOf(plan, manifest)))
    const bytes = await publishBlobs(repository, needed)
    const rights = { mayOverwrite: mayOverwrite(repository) }
    for (const { digest, bytes: body, view } of below) {
      const tags = digest === root && tag ? [tag] : []
      const push = { reference: { digest }, body, contentType: view.mediaType, tags, ...rights }
      await manifests.put(repository, push, by)
    }
    return { repository, ...(tag ? { tag } : {}), digest: root, ...bytes }
  }
}

async function* bytesOf(document: Buffer): AsyncGenerator<Buffer> {
  yield document
}
