import type { MetadataStore, StoredManifest } from '../../storage/metadata/store.ts'
import type { Digest } from '../oci/digest.ts'
import { OciError } from '../oci/errors.ts'
import { isImageType } from '../oci/media-types.ts'
import type { RepositoryName } from '../oci/name.ts'
import { childrenFor } from '../oci/platform.ts'

/** What a client that names no platform is taken to be. */
const platform = { os: 'linux', architecture: 'amd64' } as const

export interface ChildSource extends Pick<MetadataStore['manifests'], 'headAll'> {
  find(
    repository: RepositoryName,
    reference: { readonly digest: Digest },
  ): Promise<StoredManifest | undefined>
}

/**
 * The image out of an index for a client that can't read indexes.
 * @throws OciError MANIFEST_UNKNOWN if the index has none that is here and that the client reads.
 */
export async function childImage(
  manifests: ChildSource,
  repository: RepositoryName,
  index: StoredManifest,
  accepts: (mediaType: string) => boolean,
): Promise<StoredManifest> {
  const candidates = childrenFor(index.body, platform)
  const present = await manifests.headAll(repository, candidates)
  const readable = new Set(
    present
      .filter(({ mediaType }) => isImageType(mediaType) && accepts(mediaType))
      .map(({ digest }) => digest),
  )
  const digest = candidates.find((candidate) => readable.has(candidate))
  const image = digest && (await manifests.find(repository, { digest }))
  if (image) return image
  throw new OciError('MANIFEST_UNKNOWN', {
    message: `OCI index found, but Accept header does not support OCI indexes, and it has no such image for ${platform.os}/${platform.architecture}`,
  })
}
