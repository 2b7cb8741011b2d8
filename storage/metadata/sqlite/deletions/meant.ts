import type { DeletionOptions, DeletionRequest } from '../../deletions/store.ts'
import { fromColumn, toColumn } from '../digest-column.ts'
import { noRepository } from '../repositories.ts'
import type { Relations } from './relations.ts'

type Conditions = Pick<DeletionOptions, 'expected' | 'untaggedOnly'>

/** What of a request still is as whoever made it saw it; runs inside of its caller's transaction. */
export function stillMeant(
  relations: Relations,
  repositoryId: number = noRepository,
  { tags, digests }: DeletionRequest,
  { expected, untaggedOnly = false }: Conditions,
): DeletionRequest {
  return {
    tags: tags.filter((tag) => {
      if (expected === undefined) return true
      const manifest = relations.byTag(repositoryId, tag)
      return manifest !== undefined && expected.get(tag) === fromColumn(manifest.digest)
    }),
    digests: digests.filter((digest) => {
      if (!untaggedOnly) return true
      const manifest = relations.byDigest(repositoryId, toColumn(digest))
      return manifest !== undefined && relations.tagsOf(manifest).length === 0
    }),
  }
}
