import type { Visibility } from '../../access/rights.ts'
import type { Actor } from '../../oci/actor.ts'
import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Permit } from './access.ts'
import { type AdmitTagsDeps, admitTags } from './admit-tags.ts'
import { readContents } from './contents.ts'
import { decompress } from './decompress.ts'
import { createPublish, findMissing, type ImportedImage, type PublishDeps } from './publish.ts'
import { readPlan } from './read-plan.ts'
import { refuse } from './refusal.ts'
import { createShelf, type Shelf } from './shelf.ts'
import { targetsOf, type WantedName } from './targets.ts'

export interface ImportDeps extends PublishDeps, AdmitTagsDeps {
  /** As for manifests that are pushed. */
  readonly maxReferences: number
}

export interface ImportOrder {
  /** As it comes: plain, or compressed with gzip or zstd. */
  readonly archive: AsyncIterable<Buffer>
  readonly wanted: WantedName
  readonly by: Actor
  readonly permit: Permit
  /** Whether tags of a repository that exist may be pointed elsewhere. */
  readonly mayOverwrite: (repository: RepositoryName) => boolean
  /** What whoever imports may pull: what the archive lacks is taken from there alone; all if absent. */
  readonly visible?: Visibility | undefined
}

/** Missing blobs that a message names; all of them are in its `params`. */
const named = 5

async function read(deps: ImportDeps, { archive, wanted, visible }: ImportOrder, shelf: Shelf) {
  const contents = await readContents(decompress(archive), shelf)
  const plan = readPlan(contents, deps.maxReferences)
  const targets = targetsOf(plan.images, wanted)
  const { sizeOf, holder } = deps
  const mayUse = async (digest: Digest) =>
    (await (visible ? holder(digest, visible) : sizeOf(digest))) !== undefined
  const missing = await findMissing(plan, targets, mayUse)
  if (missing.length === 0) return { plan, targets }
  const more = missing.length > named ? ` and ${missing.length - named} more` : ''
  const list = missing.slice(0, named).join(', ')
  throw refuse(`neither it nor the registry has ${list}${more}; export it without since`, {
    missing,
  })
}

/**
 * Imports an archive. It is read to its end, and all of it is checked with all rights, before anything
 * is published; what came of a bad one is removed.
 */
export async function importArchive(
  deps: ImportDeps,
  order: ImportOrder,
): Promise<readonly ImportedImage[]> {
  const { wanted, permit } = order
  if (wanted.repository) await permit(wanted.repository, 'push')
  const shelf = createShelf(deps)
  try {
    const { plan, targets } = await read(deps, order, shelf)
    const repositories = new Set(targets.map(({ repository }) => repository))
    for (const repository of repositories) {
      if (repository !== wanted.repository) await permit(repository, 'push')
    }
    await admitTags(deps, targets, order.mayOverwrite)
    const publish = createPublish(deps, plan, order)
    const imported: ImportedImage[] = []
    for (const target of targets) imported.push(await publish(target))
    return imported
  } finally {
    await shelf.clear()
  }
}
