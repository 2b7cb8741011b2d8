import {
  type Companions,
  mostNamed,
  type TagPosition,
  type TagQuery,
  type TagRow,
} from '../../../storage/metadata/listing/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'
import { OciError } from '../../oci/errors.ts'
import { type PlatformEntry, platformEntries } from '../../oci/index-entries.ts'
import { type ManifestKind, manifestKind } from '../../oci/manifest-kind.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'
import { type ReferrerKind, referrerKind, referrerKinds } from '../../oci/referrer-kind.ts'
import type { ListPage } from './page.ts'

/** What a tag is one of. Sizes are bytes, times milliseconds since 1970. */
export interface ListedTag {
  readonly name: Tag
  readonly digest: Digest
  readonly mediaType: string
  /** The manifest's own, or its config's type. */
  readonly artifactType?: string
  readonly kind: ManifestKind
  /** Of all that one gets who pulls it whole, each blob counted once. */
  readonly size: number
  /** Of an index that is not unusually long. */
  readonly platforms: readonly (PlatformEntry & { readonly size: number })[]
  readonly pushedAt: number
  /** Other tags of the same manifest, 20 at most. */
  readonly sameDigest: readonly Tag[]
  readonly pulls: number
  /** Absent: never, or not since pulls are counted. */
  readonly pulledAt?: number
  /** Counted up to 100 in all. */
  readonly referrers: Readonly<Record<ReferrerKind, number>>
}

export interface ListTags {
  /** @throws OciError NAME_UNKNOWN for a repository nothing was ever pushed to. */
  tags(repository: RepositoryName, query: TagQuery): Promise<ListPage<ListedTag, TagPosition>>
}

/** Bytes: some two hundred platforms. A page may hold that many indexes, and each is parsed. */
const longestIndex = 64 * 1024

function countByKind(referrers: Companions['referrers']): Record<ReferrerKind, number> {
  const counts = Object.fromEntries(referrerKinds.map((kind) => [kind, 0])) as Record<
    ReferrerKind,
    number
  >
  for (const [type, count] of Object.entries(referrers)) counts[referrerKind(type)] += count
  return counts
}

export interface ListTagsDeps {
  readonly listing: Pick<MetadataStore['listing'], 'tags' | 'bodies' | 'pullSizes' | 'companions'>
  readonly pulls: Pick<MetadataStore['pulls'], 'ofTags'>
}

export function createListTags({ listing, pulls }: ListTagsDeps): ListTags {
  /** The platforms of those rows that are indexes. */
  async function platformsOf(repository: RepositoryName, rows: readonly TagRow[]) {
    const indexes = rows.filter(({ mediaType }) => manifestKind(mediaType, undefined) === 'index')
    const digests = indexes.map(({ digest }) => digest)
    const bodies = await listing.bodies(repository, digests, longestIndex)
    return new Map([...bodies].map(([digest, body]) => [digest, platformEntries(body)]))
  }

  return {
    async tags(repository, query) {
      const page = await listing.tags(repository, query)
      if (page === undefined) throw new OciError('NAME_UNKNOWN', { detail: { name: repository } })
      const digests = page.items.map(({ digest }) => digest)
      const platforms = await platformsOf(repository, page.items)
      const children = [...platforms.values()].flat().map(({ digest }) => digest)
      const sizes = await listing.pullSizes(repository, [...digests, ...children])
      const names = page.items.map(({ name }) => name)
      const pulled = await pulls.ofTags(repository, names)
      const companions = await listing.companions(repository, digests)

      function show(row: TagRow): ListedTag {
        const { tags = [], referrers = {} } = companions.get(row.digest) ?? {}
        const { pulls: count = 0, lastPulledAt } = pulled.get(row.name) ?? {}
        const sizeOf = (digest: Digest) => sizes.get(digest) ?? 0
        return {
          ...row,
          kind: manifestKind(row.mediaType, row.artifactType),
          size: sizeOf(row.digest),
          platforms: (platforms.get(row.digest) ?? []).map((entry) => ({
            ...entry,
            size: sizeOf(entry.digest),
          })),
          sameDigest: tags.filter((name) => name !== row.name).slice(0, mostNamed),
          pulls: count,
          ...(lastPulledAt === undefined ? {} : { pulledAt: lastPulledAt }),
          referrers: countByKind(referrers),
        }
      }
      return { ...page, items: page.items.map(show) }
    },
  }
}
