import type { Tag } from '../../oci/reference.ts'
import type { TimedTag } from './model.ts'

/**
 * A tag that is named after a digest describes that image: a list of referrers (distribution-spec,
 * "Referrers Tag Schema": `sha256-<hex>`), or a signature, attestation or SBOM of cosign
 * (`sha256-<hex>.sig`).
 */
const companionName = /^(sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})(?:\.[A-Za-z0-9._-]+)?$/

/** Companions, with the tags that point at what each describes, in byte order. */
export type Companions = ReadonlyMap<Tag, readonly TimedTag[]>

/** The digest that a companion describes. */
function describedBy(tag: Tag): string | undefined {
  return companionName.exec(tag)?.[1]?.replace('-', ':')
}

/** Each companion among the tags. */
export function companionsOf(tags: readonly TimedTag[]): Companions {
  const byDigest = new Map<string, TimedTag[]>()
  const companions = new Map<Tag, TimedTag[]>()
  for (const { tag } of tags) {
    const digest = describedBy(tag)
    if (digest === undefined) continue
    const described = byDigest.get(digest) ?? []
    byDigest.set(digest, described)
    companions.set(tag, described)
  }
  if (companions.size === 0) return companions
  for (const tag of tags) if (!companions.has(tag.tag)) byDigest.get(tag.digest)?.push(tag)
  for (const described of byDigest.values()) described.sort((a, b) => (a.tag < b.tag ? -1 : 1))
  return companions
}
