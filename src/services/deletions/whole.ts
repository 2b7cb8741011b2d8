import type { DeletionPlan, DoomedManifest } from '../../../storage/metadata/deletions/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { OciError } from '../../oci/errors.ts'
import type { RepositoryName } from '../../oci/name.ts'

/** What goes with a whole repository. Of tags and manifests the first are listed, and all counted. */
export interface RepositoryPlan extends Pick<DeletionPlan, 'tags' | 'collectable'> {
  readonly manifests: readonly (Pick<DoomedManifest, 'digest' | 'mediaType' | 'tags'> & {
    readonly because: 'asked for'
  })[]
  readonly totals: { readonly tags: number; readonly manifests: number }
  /** Of blobs that no image of another repository holds. */
  readonly freedBytes: number
  /** Of those that one does. */
  readonly keptBytes: number
}

/** Tags and manifests that are listed. */
const listed = 1000

export interface WholeDeps {
  readonly metadata: Pick<MetadataStore, 'accounts' | 'listing' | 'policies'>
  /** Milliseconds. */
  readonly graceMs: number
  readonly keepMs: number
  readonly now?: () => number
}

/**
 * Plans the deletion of a whole repository out of its account: what is freed is what no image of
 * another repository holds.
 */
export function createPlanWhole({ metadata, graceMs, keepMs, now = Date.now }: WholeDeps) {
  const { accounts, listing, policies } = metadata

  return async (repository: RepositoryName): Promise<RepositoryPlan> => {
    const account = await accounts.repository(repository)
    if (!account) throw new OciError('NAME_UNKNOWN', { detail: { name: repository } })
    const tags = await policies.tags(repository, { limit: listed })
    const page = await listing.manifests(repository, { descending: true, limit: listed })
    const manifests = (page?.items ?? []).map(({ digest, mediaType, tags: names }) => ({
      digest,
      mediaType,
      because: 'asked for' as const,
      tags: names,
    }))
    const { stored, unique, manifestBytes } = account
    return {
      tags: tags.map(({ tag, digest }) => ({ tag, digest })),
      manifests,
      totals: { tags: account.tags, manifests: account.manifests },
      freedBytes: unique - manifestBytes,
      keptBytes: stored - unique,
      collectable: { undoable: now() + keepMs + graceMs, purged: now() + graceMs },
    }
  }
}
