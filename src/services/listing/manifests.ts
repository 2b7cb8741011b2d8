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
  readonly pulls: number
  /** Absent: never, or not since pulls are counted. */
  readonly pulledAt?: number
}

export interface ListManifests {
  /** @throws OciError NAME_UNKNOWN for a repository nothing was ever pushed to. */
  manifests(
    repository: RepositoryName,
    query: ManifestQuery,
  ): Promise<ListPage<ListedManifest, ManifestPosition>>
}

export interface ListManifestsDeps {
  readonly listing: Pick<MetadataStore['listing'], 'manifests' | 'pullSizes'>
  readonly pulls: Pick<MetadataStore['pulls'], 'ofManifests'>
}

export function createListManifests({ listing, pulls }: ListManifestsDeps): ListManifests {
  return {
    async manifests(repository, query) {
      const page = await listing.manifests(repository, query)
      if (page === undefined) throw new OciError('NAME_UNKNOWN', { detail: { name: repository } })
      const digests = page.items.map(({ digest }) => digest)
      const sizes = await listing.pullSizes(repository, digests)
      const pulled = await pulls.ofManifests(repository, digests)
      const items = page.items.map((row) => {
        const { pulls: count = 0, lastPulledAt } = pulled.get(row.digest) ?? {}
        return {
          ...row,
          kind: manifestKind(row.mediaType, row.artifactType),
          size: sizes.get(row.digest) ?? 0,
          pulls: count,
          ...(lastPulledAt === undefined ? {} : { pulledAt: lastPulledAt }),
        }
      })
      return { ...page, items }
    },
  }
}
