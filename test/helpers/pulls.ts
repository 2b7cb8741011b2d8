import { parseDigest } from '../../src/oci/digest.ts'
import { parseRepositoryName } from '../../src/oci/name.ts'
import { parseTag } from '../../src/oci/reference.ts'
import { openStoresForReading } from '../../storage/open.ts'

/** Pulls counted in a repository, as they are written in a data directory; 0 where there are none. */
export interface CountedPulls {
  readonly tags: Readonly<Record<string, number>>
  readonly manifests: Readonly<Record<string, number>>
  /** Of all days. */
  readonly repository: number
}

/** Tags and digests are those to tell of. */
export async function readPulls(
  root: string,
  repository: string,
  { tags = [], digests = [] }: { tags?: readonly string[]; digests?: readonly string[] },
): Promise<CountedPulls> {
  const stores = await openStoresForReading({ root })
  try {
    const { pulls } = stores.metadata
    const name = parseRepositoryName(repository)
    const ofTags = await pulls.ofTags(name, tags.map(parseTag))
    const ofManifests = await pulls.ofManifests(name, digests.map(parseDigest))
    const days = await pulls.repositoryDays(name, 0, Number.MAX_SAFE_INTEGER)
    const countsOf = (
      keys: readonly string[],
      counts: ReadonlyMap<string, { readonly pulls: number }>,
    ) => Object.fromEntries(keys.map((key) => [key, counts.get(key)?.pulls ?? 0]))
    return {
      tags: countsOf(tags, ofTags),
      manifests: countsOf(digests, ofManifests),
      repository: days.reduce((sum, day) => sum + day.pulls, 0),
    }
  } finally {
    await stores.close()
  }
}
