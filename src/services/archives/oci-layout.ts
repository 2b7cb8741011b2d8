import { type Digest, isDigest } from '../../oci/digest.ts'
import { OciError } from '../../oci/errors.ts'
import { type ManifestView, readManifest } from '../../oci/manifest.ts'
import type { Contents } from './contents.ts'
import { type Fields, isFields, readJson, textIn } from './json.ts'
import { limits } from './limits.ts'
import { type ArchiveName, readName } from './names.ts'
import type { Plan, PlannedImage, PlannedManifest } from './plan.ts'
import { refuse, show } from './refusal.ts'

/** What an entry of `index.json` points at. */
interface Root {
  readonly digest: Digest
  readonly mediaType: string | undefined
  readonly names: readonly ArchiveName[]
}

const nameKeys = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'] as const

/** containerd's annotation has the whole name; that of the image specification perhaps a tag alone. */
function namesOf(entry: Fields): readonly ArchiveName[] {
  const annotations = isFields(entry['annotations']) ? entry['annotations'] : {}
  for (const key of nameKeys) {
    const text = textIn(annotations, key)
    if (text !== undefined) return [readName(text)]
  }
  return []
}

function readRoot(entry: unknown): Root {
  const fields = isFields(entry) ? entry : {}
  const digest = textIn(fields, 'digest') ?? ''
  if (!isDigest(digest)) throw refuse(`index.json has an entry with the digest ${show(digest)}`)
  return { digest, mediaType: textIn(fields, 'mediaType'), names: namesOf(fields) }
}

/** Entries in their order, one for each digest, with all its names. */
function readRoots(bytes: Buffer): readonly Root[] {
  const index = readJson(bytes, 'index.json')
  const entries = isFields(index) ? index['manifests'] : undefined
  if (!Array.isArray(entries)) throw refuse('index.json has no list of manifests')
  if (entries.length > limits.images) throw refuse(`it holds more than ${limits.images} images`)
  const roots = new Map<Digest, Root>()
  for (const root of entries.map(readRoot)) {
    const names = [...(roots.get(root.digest)?.names ?? []), ...root.names]
    roots.set(root.digest, { ...root, names })
  }
  return [...roots.values()]
}

function readView(
  bytes: Buffer,
  digest: Digest,
  mediaType: string | undefined,
  maxReferences: number,
): ManifestView {
  try {
    return readManifest(bytes, mediaType, maxReferences)
  } catch (error) {
    if (error instanceof OciError) throw refuse(`${digest}: ${error.message}`, { digest })
    throw error
  }
}

/** Collects manifests from the roots down. What an index lists and is not there is left to its put. */
function createWalk({ documents, blobs }: Contents, maxReferences: number) {
  const manifests = new Map<Digest, PlannedManifest>()

  function walk(
    digest: Digest,
    mediaType: string | undefined,
    depth: number,
  ): ManifestView | undefined {
    const bytes = documents.get(digest)
    if (bytes === undefined) return undefined
    const known = manifests.get(digest)
    if (known) return known.view
    if (depth > limits.depth) throw refuse('its indexes are nested too deep')
    const view = readView(bytes, digest, mediaType, maxReferences)
    for (const child of view.children) {
      if (!blobs.has(child.digest)) walk(child.digest, child.mediaType, depth + 1)
    }
    // After its children: so it is stored after them.
    manifests.set(digest, { digest, bytes, view })
    return view
  }
  return { manifests, walk }
}

/** An archive with an OCI image layout (image-spec image-layout.md): manifests stay as they are. */
export function planLayout(contents: Contents, index: Buffer, maxReferences: number): Plan {
  const { manifests, walk } = createWalk(contents, maxReferences)
  const images = readRoots(index).map(({ digest, mediaType, names }): PlannedImage => {
    const view = walk(digest, mediaType, 0)
    if (view) return { names, digest, attached: view.subject !== undefined }
    throw refuse(`it does not have the manifest ${digest} that its index.json names`, { digest })
  })
  const { documents, blobs } = contents
  return { images, manifests, documents, blobs }
}
