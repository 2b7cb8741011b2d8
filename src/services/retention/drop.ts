import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Actor } from '../../oci/actor.ts'
import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { TimedTag } from '../../policies/retention/model.ts'

/** A tag and what it pointed at when it was decided about. */
export type DecidedTag = Pick<TimedTag, 'tag' | 'digest'>

/**
 * Deletes what retention decided about a moment ago. What changed since then stays: a tag that
 * points elsewhere, a manifest that has got a tag, what a rule protects by now. Both give how many
 * went.
 */
export interface Drop {
  tags(repository: RepositoryName, tags: readonly DecidedTag[], actor: Actor): Promise<number>
  manifests(repository: RepositoryName, digests: readonly Digest[], actor: Actor): Promise<number>
}

/**
 * Straight from the metadata, one after the other. The store takes no condition: each is looked at
 * just before it goes.
 */
export function createDrop(metadata: Pick<MetadataStore, 'manifests' | 'tags' | 'policies'>): Drop {
  const { manifests, tags, policies } = metadata

  return {
    async tags(repository, wanted) {
      let gone = 0
      for (const { tag, digest } of wanted) {
        const now = await manifests.head(repository, { tag })
        if (now?.digest === digest && (await tags.delete(repository, tag)) === true) gone += 1
      }
      return gone
    },
    async manifests(repository, digests) {
      let gone = 0
      for (const digest of digests) {
        const goes = await policies.isUntagged(repository, digest)
        if (goes && (await manifests.delete(repository, digest)) === true) gone += 1
      }
      return gone
    },
  }
}
