import type { Tag } from '../../oci/reference.ts'
import type { TimedTag } from './model.ts'

/**
 * A tag that is named after a digest describes that image: a list of referrers (distribution-spec,
 * "Referrers Tag Schema": `sha256-<hex>`), or a signature, attestation or SBOM of cosign
 * (`sha256-<hex>.sig`).
 */
const companionName = /^(sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})(?:\.[A-Za-z0-9._-]+)?$/

/** Companions, with the tags that point at what each describes. */
export type Companions = ReadonlyMap<Tag, readonly Tag[]>

/** Each companion among the tags, with the tags that point at what it describes, in byte order. */
export function companionsOf(tags: readonly TimedTag[]): Companions {
  const byDigest = new Map<string, Tag[]>()
  const described = new Map<Tag, string>()
  for (const { tag, digest } of tags) {
    const [, name] = companionName.exec(tag) ?? []
    if (name === undefined) byDigest.set(digest, [...(byDigest.get(digest) ?? []), tag])
    else described.set(tag, name.replace('-', ':'))
  }
  return new Map(
    [...described].map(([tag, digest]) => [tag, [...(byDigest.get(digest) ?? [])].sort()]),
  )
}
