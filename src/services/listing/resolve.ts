import type { MetadataStore, StoredManifest } from '../../../storage/metadata/store.ts'
import { type Digest, parseDigest } from '../../oci/digest.ts'
import { OciError } from '../../oci/errors.ts'
import { type PlatformEntry, platformEntries } from '../../oci/index-entries.ts'
import { isIndexType } from '../../oci/media-types.ts'
import { parseRepositoryName, type RepositoryName } from '../../oci/name.ts'
import { parseTag, type Reference, type Tag } from '../../oci/reference.ts'

/** Which manifest a reference means. */
export interface ResolvedImage {
  readonly repository: RepositoryName
  readonly tag?: Tag
  /** The index the image was chosen from. */
  readonly indexDigest?: Digest
  readonly digest: Digest
  /** As the index lists it; unknown without one. */
  readonly platform?: string
}

/** A manifest by its name; without a platform an index is what it is. */
export interface ListedImage {
  readonly repository: RepositoryName
  readonly tag?: Tag
  readonly digest: Digest
}

export interface LocateOptions {
  readonly platform?: string | undefined
  /** Asked before anything is looked up; its rejection is passed on. */
  readonly permit: (repository: RepositoryName) => Promise<void>
}

export interface ResolveImage {
  /** The same reference, without choosing from an index unless a platform is named. */
  locate(reference: string, options: LocateOptions): Promise<ListedImage>
  /**
   * @param reference `name`, `name:tag`, `name@digest` or `name:tag@digest`; the digest decides, and
   *   the tag is `latest` if there is neither.
   * @param platform `os/architecture`, with `/variant` if wanted. Without it an index gives its
   *   linux/amd64 image, or else its first.
   * @throws OciError NAME_INVALID, TAG_INVALID, DIGEST_INVALID, MANIFEST_UNKNOWN
   */
  resolve(reference: string, platform?: string): Promise<ResolvedImage>
}

interface ParsedReference {
  readonly repository: RepositoryName
  readonly tag?: Tag
  readonly digest?: Digest
}

function parse(text: string): ParsedReference {
  const [named = '', digest, ...others] = text.split('@')
  if (others.length > 0) throw new OciError('DIGEST_INVALID', { message: 'more than one @' })
  const colon = named.lastIndexOf(':')
  const repository = parseRepositoryName(colon === -1 ? named : named.slice(0, colon))
  const tag = colon === -1 ? undefined : parseTag(named.slice(colon + 1))
  if (digest !== undefined) {
    return { repository, ...(tag ? { tag } : {}), digest: parseDigest(digest) }
  }
  return { repository, tag: tag ?? parseTag('latest') }
}

function choose(entries: readonly PlatformEntry[], wanted: string | undefined) {
  if (wanted === undefined) {
    return entries.find(({ platform }) => platform === 'linux/amd64') ?? entries[0]
  }
  const exact = entries.find(({ platform }) => platform === wanted)
  return exact ?? entries.find(({ platform }) => platform.startsWith(`${wanted}/`))
}

function unknown(repository: RepositoryName, reference: Reference): OciError {
  return new OciError('MANIFEST_UNKNOWN', { detail: { name: repository, ...reference } })
}

export function createResolveImage({
  manifests,
}: {
  readonly manifests: Pick<MetadataStore['manifests'], 'find' | 'head'>
}): ResolveImage {
  /** The body is read of an index alone: no other is looked into. */
  async function find({ repository, tag, digest }: ParsedReference) {
    const reference = digest === undefined ? { tag: tag as Tag } : { digest }
    const found = await manifests.head(repository, reference)
    if (!found) throw unknown(repository, reference)
    if (!isIndexType(found.mediaType)) return { digest: found.digest }
    const index = await manifests.find(repository, { digest: found.digest })
    if (!index) throw unknown(repository, reference)
    return { digest: found.digest, index }
  }

  /** An entry that is listed and here. */
  async function childOf(
    repository: RepositoryName,
    index: StoredManifest,
    wanted: string | undefined,
  ): Promise<PlatformEntry> {
    const entries = platformEntries(index.body)
    const entry = choose(entries, wanted)
    if (entry && (await manifests.head(repository, { digest: entry.digest }))) return entry
    throw new OciError('MANIFEST_UNKNOWN', {
      message: entry
        ? `the index lists an image for ${entry.platform}, but that is not here`
        : `the index has no image for ${wanted ?? 'any platform'}`,
      detail: { indexDigest: index.digest, platforms: entries.map(({ platform }) => platform) },
    })
  }

  return {
    async locate(text, { platform, permit }) {
      const parsed = parse(text)
      const { repository, tag } = parsed
      await permit(repository)
      const { digest, index } = await find(parsed)
      const entry = index && platform ? await childOf(repository, index, platform) : undefined
      return { repository, ...(tag ? { tag } : {}), digest: entry?.digest ?? digest }
    },
    async resolve(text, wanted) {
      const parsed = parse(text)
      const { repository, tag } = parsed
      const { digest, index } = await find(parsed)
      const named = { repository, ...(tag ? { tag } : {}) }
      if (index === undefined) return { ...named, digest }
      const entry = await childOf(repository, index, wanted)
      return { ...named, indexDigest: digest, ...entry }
    },
  }
}
