import type {
  ManifestPosition,
  ManifestQuery,
  ManifestRow,
} from '../../../storage/metadata/listing/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { OciError } from '../../oci/errors.ts'
import { type ManifestKind, manifestKind } from '../../oci/manifest-kind.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { ListPage } from './page.ts'

export interface ListedManifest extends ManifestRow {
  readonly kind: ManifestKind
  /** Bytes one gets who pulls it whole. */
  readonly size: number
}

export interface ListManifests {
  /** @throws OciError NAME_UNKNOWN for a repository nothing was ever pushed to. */
  manifests(
    repository: RepositoryName,
    query: ManifestQuery,
  ): Promise<ListPage<ListedManifest, ManifestPosition>>
}

export function createListManifests({
  listing,
}: {
  readonly listing: Pick<MetadataStore['listing'], 'manifests' | 'pullSizes'>
}): ListManifests {
  return {
    async manifests(repository, query) {
      const page = await listing.manifests(repository, query)
      if (page === undefined) throw new OciError('NAME_UNKNOWN', { detail: { name: repository } })
      const digests = page.items.map(({ digest }) => digest)
      const sizes = await listing.pullSizes(repository, digests)
      const items = page.items.map((row) => ({
        ...row,
        kind: manifestKind(row.mediaType, row.artifactType),
        size: sizes.get(row.digest) ?? 0,
      }))
      return { ...page, items }
    },
  }
}
