import type { MetadataStore, Referrer } from '../../storage/metadata/store.ts'
import type { Digest } from '../oci/digest.ts'
import type { RepositoryName } from '../oci/name.ts'

export type { Referrer }

export interface ReferrersRequest {
  /** Only these artifact types; all when empty. */
  readonly artifactTypes: readonly string[]
  readonly after?: Digest | undefined
}

export interface ReferrersPage {
  readonly items: readonly Referrer[]
  /** Digest the next page begins after, if there is one. */
  readonly next?: Digest
}

/** What points at a manifest with `subject` (distribution-spec "Listing referrers"). */
export interface Referrers {
  /** Never fails for something unknown: then the list is empty. */
  list(
    repository: RepositoryName,
    subject: Digest,
    request: ReferrersRequest,
  ): Promise<ReferrersPage>
}

/** Many clients don't follow links, so a page grows until the answer nears 4 MiB. */
const maxPageBytes = 3.5 * 1024 * 1024
const batch = 500

/** Bytes the entry will take in the answer, nearly. */
function weight({ annotations, artifactType = '' }: Referrer): number {
  return 300 + artifactType.length + (annotations ? JSON.stringify(annotations).length : 0)
}

export function createReferrers(deps: {
  readonly metadata: Pick<MetadataStore, 'manifests'>
}): Referrers {
  const { manifests } = deps.metadata

  async function* all(
    repository: RepositoryName,
    subject: Digest,
    { artifactTypes, after }: ReferrersRequest,
  ): AsyncGenerator<Referrer> {
    const filter = artifactTypes.length === 0 ? {} : { artifactTypes }
    let from = after
    for (;;) {
      const position = from === undefined ? {} : { after: from }
      const query = { ...filter, ...position, limit: batch }
      const found = await manifests.referrers(repository, subject, query)
      yield* found
      from = found.at(-1)?.digest
      if (found.length < batch || from === undefined) return
    }
  }

  return {
    async list(repository, subject, request) {
      const items: Referrer[] = []
      let bytes = 0
      for await (const referrer of all(repository, subject, request)) {
        bytes += weight(referrer)
        const last = items.at(-1)
        if (bytes > maxPageBytes && last) return { items, next: last.digest }
        items.push(referrer)
      }
      return { items }
    },
  }
}
