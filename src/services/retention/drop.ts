import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Actor } from '../../oci/actor.ts'
import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { TimedTag } from '../../policies/retention/model.ts'

/** A tag and what it pointed at when it was decided about. */
export type DecidedTag = Pick<TimedTag, 'tag' | 'digest'>

/**
 * Deletes what retention decided about a moment ago, so that it can be undone. What changed since
 * then stays: a tag that points elsewhere, a manifest that has got a tag, what a rule protects by
 * now. Both give how many went.
 */
export interface Drop {
  tags(repository: RepositoryName, tags: readonly DecidedTag[], actor: Actor): Promise<number>
  manifests(repository: RepositoryName, digests: readonly Digest[], actor: Actor): Promise<number>
}

export function createDrop({ deletions }: Pick<MetadataStore, 'deletions'>): Drop {
  async function dropTags(
    repository: RepositoryName,
    wanted: readonly DecidedTag[],
    by: Actor,
  ): Promise<number> {
    const request = { tags: wanted.map(({ tag }) => tag), digests: [] }
    const expected = new Map(wanted.map(({ tag, digest }) => [tag, digest]))
    const done = await deletions.perform(repository, request, { by, purge: false, expected })
    if (done?.refused === undefined) return done?.plan.tags.length ?? 0
    if (wanted.length === 1) return 0
    // One of them is protected by now: all but that go.
    let gone = 0
    for (const one of wanted) gone += await dropTags(repository, [one], by)
    return gone
  }

  return {
    tags: dropTags,
    async manifests(repository, digests, by) {
      const request = { tags: [], digests }
      const options = { by, purge: false, untaggedOnly: true }
      const done = await deletions.perform(repository, request, options)
      const wanted = new Set(digests)
      return done?.plan?.manifests.filter(({ digest }) => wanted.has(digest)).length ?? 0
    },
  }
}
