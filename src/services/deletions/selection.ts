import type { DeletionRequest } from '../../../storage/metadata/deletions/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'
import { matchTags } from '../../policies/patterns.ts'
import { Problem } from '../problem.ts'

/** What somebody picked: tags and digests, and tags by a pattern (`pr-*`). */
export interface Selection extends DeletionRequest {
  readonly matching?: string | undefined
}

/** Tags one deletion may take. */
export const maxSelected = 1000

const pageSize = 1000

export function createSelection({ tags }: Pick<MetadataStore, 'tags'>) {
  async function matching(repository: RepositoryName, pattern: string): Promise<readonly Tag[]> {
    const matches = matchTags([pattern])
    const found: Tag[] = []
    let after: Tag | undefined
    do {
      const page = after === undefined ? { limit: pageSize } : { after, limit: pageSize }
      const names: readonly Tag[] = (await tags.list(repository, page)) ?? []
      found.push(...names.filter(matches))
      after = names.length < pageSize ? undefined : names.at(-1)
    } while (after !== undefined)
    return found
  }

  /** @throws Problem CONFLICT if that is too much for one deletion. */
  return async (repository: RepositoryName, selection: Selection): Promise<DeletionRequest> => {
    const { matching: pattern, digests } = selection
    const more = pattern === undefined ? [] : await matching(repository, pattern)
    const wanted = [...new Set([...selection.tags, ...more])]
    if (wanted.length > maxSelected) {
      throw new Problem('CONFLICT', {
        message: `${wanted.length} tags are meant, and one deletion takes ${maxSelected}; use a narrower pattern, or delete the repository`,
        params: { tags: wanted.length, limit: maxSelected },
      })
    }
    return { tags: wanted, digests }
  }
}
