import { dockerList, ociIndex } from './media-types.ts'

/** What a manifest is to a person: an image to run, a list of such, or anything else that is kept. */
export const manifestKinds = ['image', 'index', 'artifact'] as const
export type ManifestKind = (typeof manifestKinds)[number]

export const indexTypes: readonly string[] = [ociIndex, dockerList]

/** Types of configs that make a manifest an image (OCI image-spec manifest.md, Docker schema 2). */
export const imageConfigTypes: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]

/** @param artifactType the manifest's own, or its config's type. */
export function manifestKind(mediaType: string, artifactType: string | undefined): ManifestKind {
  if (indexTypes.includes(mediaType)) return 'index'
  return imageConfigTypes.includes(artifactType ?? '') ? 'image' : 'artifact'
}
