import { type Digest, digestOf, isDigest, makeDigest } from '../../oci/digest.ts'
import { readManifest } from '../../oci/manifest.ts'
import { dockerImage, ociImage } from '../../oci/media-types.ts'
import type { Contents } from './contents.ts'
import { type Fields, isFields, readJson, textIn } from './json.ts'
import { limits } from './limits.ts'
import { type ArchiveName, readName } from './names.ts'
import { follow } from './paths.ts'
import type { Plan, PlannedImage, PlannedManifest } from './plan.ts'
import { refuse, show } from './refusal.ts'
import type { ShelvedBlob } from './shelf.ts'

/** An entry of `manifest.json`. */
interface Listed {
  readonly config: string
  readonly layers: readonly string[]
  readonly names: readonly ArchiveName[]
}

interface Format {
  readonly manifest: string
  readonly config: string
  readonly layers: { readonly none: string; readonly gzip: string; readonly zstd: string }
}

const docker: Format = {
  manifest: dockerImage,
  config: 'application/vnd.docker.container.image.v1+json',
  layers: {
    none: 'application/vnd.docker.image.rootfs.diff.tar',
    gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    zstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
  },
}

const oci: Format = {
  manifest: ociImage,
  config: 'application/vnd.oci.image.config.v1+json',
  layers: {
    none: 'application/vnd.oci.image.layer.v1.tar',
    gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
    zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  },
}

function texts(fields: Fields, key: string): readonly string[] {
  const value = fields[key] ?? []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw refuse(`"${key}" in manifest.json must be a list of texts`)
}

function readListed(entry: unknown): Listed {
  const fields = isFields(entry) ? entry : {}
  const config = textIn(fields, 'Config')
  if (config === undefined) throw refuse('an image in manifest.json has no "Config"')
  const names = texts(fields, 'RepoTags').map(readName)
  return { config, layers: texts(fields, 'Layers'), names }
}

function readList(bytes: Buffer, maxReferences: number): readonly Listed[] {
  const list = readJson(bytes, 'manifest.json')
  if (!Array.isArray(list)) throw refuse('manifest.json is no list of images')
  if (list.length > limits.images) throw refuse(`it holds more than ${limits.images} images`)
  const listed = list.map(readListed)
  const most = Math.max(0, ...listed.map(({ layers }) => layers.length + 1))
  if (most <= maxReferences) return listed
  throw refuse(`an image has more than ${maxReferences} layers`)
}

/** `blobs/sha256/<hex>`, and the names that Docker and others give to configs. */
function digestIn(path: string): Digest | undefined {
  const [, hex] = /(?:^|\/|^sha256:)([0-9a-f]{64})(?:\.json)?$/.exec(path) ?? []
  return hex === undefined ? undefined : makeDigest('sha256', hex)
}

function createFinder({ files, documents, blobs, links }: Contents) {
  function missing(path: string): Error {
    const digest = digestIn(path)
    return refuse(
      `it does not have ${show(path)} that its manifest.json names`,
      digest ? { digest } : {},
    )
  }

  function config(path: string): { readonly bytes: Buffer; readonly digest: Digest } {
    const place = follow(path, links)
    const promised = digestIn(place)
    const file = files.get(place)
    const bytes = file?.kind === 'document' ? file.bytes : promised && documents.get(promised)
    if (bytes === undefined) throw missing(path)
    const digest = digestOf(bytes)
    if (promised === undefined || promised === digest) return { bytes, digest }
    throw refuse(`${show(path)} has another digest than its name says`, { digest: promised })
  }

  function layer(path: string): ShelvedBlob {
    const place = follow(path, links)
    const file = files.get(place)
    if (file?.kind === 'layer') return file.blob
    const digest = place.startsWith('blobs/') ? digestIn(place) : undefined
    const blob = digest && blobs.get(digest)
    if (blob === undefined) throw missing(path)
    return blob
  }
  return { config, layer }
}

/** Digests of the layers before they were compressed, as a config tells them. */
function diffIdsIn(bytes: Buffer, path: string): readonly string[] {
  const config = readJson(bytes, path)
  const rootfs = isFields(config) ? config['rootfs'] : undefined
  const ids = isFields(rootfs) ? (rootfs['diff_ids'] ?? []) : undefined
  if (Array.isArray(ids) && ids.every((id) => typeof id === 'string' && isDigest(id))) return ids
  throw refuse(`${show(path)} is no config of an image`)
}

/** What came uncompressed is what the config tells of; compressed layers are not looked into. */
function checkLayers(listed: Listed, layers: readonly ShelvedBlob[], config: Buffer): void {
  const diffIds = diffIdsIn(config, listed.config)
  if (diffIds.length !== layers.length) {
    throw refuse(`${show(listed.config)} tells of ${diffIds.length} layers, not ${layers.length}`)
  }
  for (const [at, { diffId }] of layers.entries()) {
    if (diffId === undefined || diffId === diffIds[at]) continue
    throw refuse(`the layer ${show(listed.layers[at] ?? '')} is not the one its config tells of`, {
      digest: diffIds[at],
    })
  }
}

/** Written as `docker push` writes it, so that equal layers give an equal digest. */
function writeManifest(config: Buffer, layers: readonly ShelvedBlob[]): PlannedManifest {
  // Docker's format has no word for zstd.
  const format = layers.some(({ compression }) => compression === 'zstd') ? oci : docker
  const manifest = {
    schemaVersion: 2,
    mediaType: format.manifest,
    config: { mediaType: format.config, size: config.length, digest: digestOf(config) },
    layers: layers.map(({ compression, size, digest }) => ({
      mediaType: format.layers[compression],
      size,
      digest,
    })),
  }
  const bytes = Buffer.from(JSON.stringify(manifest, null, 3))
  const view = readManifest(bytes, format.manifest, Number.MAX_SAFE_INTEGER)
  return { digest: digestOf(bytes), bytes, view }
}

/**
 * An archive of `docker save` or `podman save` that has no manifests: image by image the config and
 * the layers, with what a push of them would have made.
 */
export function planDockerSave(contents: Contents, list: Buffer, maxReferences: number): Plan {
  const find = createFinder(contents)
  const manifests = new Map<Digest, PlannedManifest>()
  const documents = new Map(contents.documents)
  const blobs = new Map(contents.blobs)
  const images = readList(list, maxReferences).map((listed): PlannedImage => {
    const config = find.config(listed.config)
    const layers = listed.layers.map(find.layer)
    checkLayers(listed, layers, config.bytes)
    documents.set(config.digest, config.bytes)
    for (const layer of layers) if (!blobs.has(layer.digest)) blobs.set(layer.digest, layer)
    const manifest = writeManifest(config.bytes, layers)
    manifests.set(manifest.digest, manifest)
    return { names: listed.names, digest: manifest.digest, attached: false }
  })
  return { images, manifests, documents, blobs }
}
