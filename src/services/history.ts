import type { MoveQuery, TagMove } from '../../storage/metadata/history/store.ts'
import type { MetadataStore, PutOptions } from '../../storage/metadata/store.ts'
import type { Actor } from '../oci/actor.ts'
import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import type { RepositoryName } from '../oci/name.ts'
import type { Tag } from '../oci/reference.ts'
import { refusalError } from './policies/refusal.ts'
import { Problem } from './problem.ts'

export type { TagMove }

/** Where tags pointed, and back to there. */
export interface History {
  /** The newest first. `next` is the position to go on before. */
  moves(query: MoveQuery): Promise<{ readonly items: readonly TagMove[]; readonly next?: number }>
  /**
   * Points a tag at a manifest it pointed at before; gives what it pointed at until now.
   * @throws OciError MANIFEST_UNKNOWN if it never pointed there, DENIED by a rule, or because
   *   the tag must not be overwritten.
   * @throws Problem CONFLICT if the content is no more.
   */
  restore(
    repository: RepositoryName,
    tag: Tag,
    digest: Digest,
    by: Actor,
    options?: PutOptions,
  ): Promise<Digest | undefined>
}

/** The refusal to point a tag where it never pointed. */
export function neverPointed(repository: RepositoryName, tag: Tag, digest: Digest): OciError {
  return new OciError('MANIFEST_UNKNOWN', {
    message: `the tag "${tag}" of ${repository} never pointed at this digest`,
    detail: { tag, digest },
  })
}

export function createHistory({
  metadata,
}: {
  readonly metadata: Pick<MetadataStore, 'history'>
}): History {
  const { history } = metadata
  return {
    async moves(query) {
      const items = await history.moves(query)
      const last = items.length < query.limit ? undefined : items.at(-1)?.position
      return last === undefined ? { items } : { items, next: last }
    },
    async restore(repository, tag, digest, by, options) {
      const restored = await history.restore(repository, tag, digest, by, options)
      if (restored.refused) throw refusalError(repository, restored.refused)
      if (restored.restored) return restored.from
      if (restored.why === 'unknown') {
        throw neverPointed(repository, tag, digest)
      }
      throw new Problem('CONFLICT', {
        message: 'the content was collected and can not be brought back; push it again',
        params: { digest },
      })
    },
  }
}
