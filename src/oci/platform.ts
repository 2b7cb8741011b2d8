import { type Digest, isDigest } from './digest.ts'

export interface Platform {
  readonly os: string
  readonly architecture: string
}

interface IndexEntry {
  readonly digest?: unknown
  readonly platform?: Partial<Platform>
}

/** Digests of an index's entries for a platform, in the order listed (OCI image-spec image-index.md). */
export function childrenFor(index: Uint8Array, { os, architecture }: Platform): readonly Digest[] {
  const { manifests } = JSON.parse(Buffer.from(index).toString('utf8')) as {
    readonly manifests?: readonly IndexEntry[] | null
  }
  return (manifests ?? [])
    .filter(({ platform }) => platform?.os === os && platform.architecture === architecture)
    .map(({ digest }) => digest)
    .filter((digest): digest is Digest => typeof digest === 'string' && isDigest(digest))
}
