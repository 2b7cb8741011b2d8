import type {
  LayerFacts,
  LayerUser,
  LayerUserQuery,
  RepositoryFacts,
} from '../../../storage/metadata/listing/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Visibility } from '../../access/rights.ts'
import type { Digest } from '../../oci/digest.ts'
import { OciError } from '../../oci/errors.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { ListPage } from './page.ts'

export interface ListFacts {
  /** @throws OciError NAME_UNKNOWN for a repository nothing was ever pushed to. */
  repository(name: RepositoryName): Promise<RepositoryFacts>
  /** As far as it is visible; all of it if absent. @throws OciError BLOB_UNKNOWN */
  layer(digest: Digest, visible?: Visibility): Promise<LayerFacts>
  /** @throws OciError BLOB_UNKNOWN */
  layerUsers(digest: Digest, query: LayerUserQuery): Promise<ListPage<LayerUser, number>>
}

export function createListFacts({
  listing,
}: {
  readonly listing: Pick<MetadataStore['listing'], 'repository' | 'layer' | 'layerUsers'>
}): ListFacts {
  async function layer(digest: Digest, visible?: Visibility): Promise<LayerFacts> {
    const facts = await listing.layer(digest, visible)
    if (facts) return facts
    throw new OciError('BLOB_UNKNOWN', {
      message: 'no repository has a blob of this digest',
      detail: { digest },
    })
  }
  return {
    async repository(name) {
      const facts = await listing.repository(name)
      if (facts) return facts
      throw new OciError('NAME_UNKNOWN', { detail: { name } })
    },
    layer,
    async layerUsers(digest, query) {
      const page = await listing.layerUsers(digest, query)
      // An empty page may mean that there is no such blob.
      if (page.items.length === 0) await layer(digest, query.visible)
      return page
    },
  }
}
