import type { MetadataStore } from '../../storage/metadata/store.ts'
import type { Visibility } from '../access/rights.ts'
import { OciError } from '../oci/errors.ts'
import type { RepositoryName } from '../oci/name.ts'
import type { Tag } from '../oci/reference.ts'

/** A page as a client asks for it. */
export interface PageRequest {
  /** Entries after this text in byte order, whether or not it exists. */
  readonly after?: string | undefined
  /** At most so many. */
  readonly limit: number
}

/** Entries in byte order; `next` is where the following page begins, if there is one. */
export interface PageOf<T> {
  readonly items: readonly T[]
  readonly next?: T | undefined
}

/** Lists of names (distribution-spec "Content discovery"; `_catalog` and search as in Docker's API). */
export interface Catalog {
  /** @param visible those that may be told; all of them if absent. */
  repositories(page: PageRequest, visible?: Visibility): Promise<PageOf<RepositoryName>>
  /** @throws OciError NAME_UNKNOWN for a repository nothing was ever pushed to. */
  tags(repository: RepositoryName, page: PageRequest): Promise<PageOf<Tag>>
  /** Visible repositories with `term` in their name; the term's case does not matter. */
  search(
    term: string,
    page: PageRequest,
    visible?: Visibility,
  ): Promise<{ readonly names: readonly RepositoryName[]; readonly total: number }>
}

function pageOf({ after, limit }: PageRequest) {
  return after === undefined ? { limit } : { after, limit }
}

/** Asks for one entry more than wanted, to know whether a page follows; for none if none is wanted. */
async function cut<T>(
  { after, limit }: PageRequest,
  list: (page: ReturnType<typeof pageOf>) => Promise<readonly T[]>,
): Promise<PageOf<T>> {
  const found = await list(pageOf({ after, limit: limit === 0 ? 0 : limit + 1 }))
  const items = found.slice(0, limit)
  return found.length > limit ? { items, next: items.at(-1) } : { items }
}

export function createCatalog(deps: {
  readonly metadata: Pick<MetadataStore, 'repositories' | 'tags'>
}): Catalog {
  const { repositories, tags } = deps.metadata
  return {
    repositories: (page, visible) =>
      cut(page, (wanted) => repositories.list({ ...wanted, visible })),
    tags: (repository, page) =>
      cut(page, async (wanted) => {
        const found = await tags.list(repository, wanted)
        if (!found) throw new OciError('NAME_UNKNOWN', { detail: { name: repository } })
        return found
      }),
    search: (term, page, visible) =>
      repositories.search(term.toLowerCase(), { ...pageOf(page), visible }),
  }
}
