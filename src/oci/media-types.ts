/** Media types of manifests and layers (OCI image-spec 1.1, Docker schema 2). */

export const ociImage = 'application/vnd.oci.image.manifest.v1+json'
export const ociIndex = 'application/vnd.oci.image.index.v1+json'
export const dockerImage = 'application/vnd.docker.distribution.manifest.v2+json'
export const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json'

const imageTypes: ReadonlySet<string> = new Set([ociImage, dockerImage])
const indexTypes: ReadonlySet<string> = new Set([ociIndex, dockerList])

/** A manifest with a config and layers. */
export function isImageType(type: string): boolean {
  return imageTypes.has(type)
}

/** A manifest that lists manifests. */
export function isIndexType(type: string): boolean {
  return indexTypes.has(type)
}

export function isManifestType(type: string): boolean {
  return imageTypes.has(type) || indexTypes.has(type)
}

/** Layers that by their type are fetched from elsewhere and need not be in the registry. */
export function isForeignLayerType(type: string): boolean {
  return (
    type.startsWith('application/vnd.oci.image.layer.nondistributable.v1.tar') ||
    type === 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
  )
}

/** The type without parameters, lower-cased: `Application/JSON; charset=utf-8` → `application/json`. */
export function bareType(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
