import type { Digest } from '../../oci/digest.ts'
import { platformEntries } from '../../oci/index-entries.ts'
import { manifestKind } from '../../oci/manifest-kind.ts'
import { isIndexType, ociIndex } from '../../oci/media-types.ts'
import type { SelectedManifest, SelectedRoot, Selection } from './export-selection.ts'
import { formatName, fullName } from './names.ts'

/** The path of content by its digest (image-spec image-layout.md). */
export function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`
}

/** Images by their names, as OCI clients and containerd look for them. */
export function indexJson({ roots }: Selection, prefix: string | undefined): Buffer {
  const manifests = roots.map(({ manifest: { mediaType, digest, size }, repository, tag }) => ({
    mediaType,
    digest,
    size,
    ...(tag === undefined
      ? {}
      : {
          annotations: {
            'io.containerd.image.name': fullName(repository, tag, prefix),
            'org.opencontainers.image.ref.name': tag,
          },
        }),
  }))
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }))
}

/** Of an index the image that most machines run: this list has no platforms. */
function imageOf(
  { manifests }: Selection,
  root: SelectedManifest,
  bodyOf: (digest: Digest) => Uint8Array | undefined,
): SelectedManifest | undefined {
  if (!isIndexType(root.mediaType)) return root
  const body = bodyOf(root.digest)
  const here = (body ? platformEntries(body) : []).filter(({ digest }) => manifests.has(digest))
  const chosen = here.find(({ platform }) => platform === 'linux/amd64') ?? here[0]
  return chosen && manifests.get(chosen.digest)
}

function isImage({ mediaType, view }: SelectedManifest): boolean {
  return manifestKind(mediaType, view.artifactType) === 'image'
}

/** What Docker and Podman look for; each image once, with all its names. */
export function manifestJson(
  selection: Selection,
  bodyOf: (digest: Digest) => Uint8Array | undefined,
  prefix: string | undefined,
): Buffer | undefined {
  const named = new Map<Digest, { image: SelectedManifest; roots: SelectedRoot[] }>()
  for (const root of selection.roots) {
    const image = imageOf(selection, root.manifest, bodyOf)
    if (!image || !isImage(image)) continue
    const roots = [...(named.get(image.digest)?.roots ?? []), root]
    named.set(image.digest, { image, roots })
  }
  const list = [...named.values()].map(({ image, roots }) => {
    const [config, ...layers] = image.view.blobs.filter(({ digest }) => selection.blobs.has(digest))
    return {
      Config: config && blobPath(config.digest),
      RepoTags: roots.flatMap(({ repository, tag }) =>
        tag === undefined ? [] : [formatName(repository, tag, prefix)],
      ),
      Layers: layers.map(({ digest }) => blobPath(digest)),
    }
  })
  return list.length === 0 ? undefined : Buffer.from(JSON.stringify(list))
}
