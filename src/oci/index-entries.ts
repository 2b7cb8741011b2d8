import { type Digest, isDigest } from './digest.ts'

/** An entry of an index that is for a platform (OCI image-spec image-index.md). */
export interface PlatformEntry {
  /** `os/architecture`, with `/variant` where there is one. */
  readonly platform: string
  readonly digest: Digest
}

interface RawEntry {
  readonly digest?: unknown
  readonly platform?: {
    readonly os?: unknown
    readonly architecture?: unknown
    readonly variant?: unknown
  } | null
}

function platformOf({ platform }: RawEntry): string | undefined {
  const { os, architecture, variant } = platform ?? {}
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined
  // Builders list attestations as images for nothing.
  if (os === 'unknown') return undefined
  const parts = [os, architecture, variant].filter(
    (part) => typeof part === 'string' && part !== '',
  )
  return parts.join('/')
}

/** In the order listed; entries without a platform, or for none that is known, are left out. */
export function platformEntries(index: Uint8Array): readonly PlatformEntry[] {
  const { manifests } = JSON.parse(Buffer.from(index).toString('utf8')) as {
    readonly manifests?: readonly RawEntry[] | null
  }
  return (manifests ?? []).flatMap((entry) => {
    const platform = platformOf(entry)
    const { digest } = entry
    if (platform === undefined || typeof digest !== 'string' || !isDigest(digest)) return []
    return [{ platform, digest }]
  })
}
