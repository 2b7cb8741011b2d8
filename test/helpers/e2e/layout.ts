import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { must } from './command.ts'
import { sha256 } from './digest.ts'
import { writeFiles } from './image.ts'

const ociImage = 'application/vnd.oci.image.manifest.v1+json'
const ociIndex = 'application/vnd.oci.image.index.v1+json'
const ociConfig = 'application/vnd.oci.image.config.v1+json'
const ociLayer = 'application/vnd.oci.image.layer.v1.tar+gzip'

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: { readonly architecture: string; readonly os: string }
  readonly annotations?: Readonly<Record<string, string>>
}

/** An OCI image layout on disk, as written by {@link writeLayout}. */
export interface Layout {
  readonly path: string
  /** Digest of the index over all platforms. */
  readonly index: string
  /** One image a platform. */
  readonly images: readonly { readonly digest: string; readonly config: string }[]
}

async function packFiles(
  directory: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<Buffer> {
  await writeFiles(join(directory, 'files'), files)
  const archive = join(directory, 'layer.tar')
  await must('tar', ['--owner=0', '--group=0', '-C', join(directory, 'files'), '-cf', archive, '.'])
  return readFile(archive)
}

/**
 * Writes a layout with one index, tagged `all`, over an amd64 and an arm64 image, tagged by their
 * architecture. Both have one layer of `files`; it is byte for byte what gets pushed.
 */
export async function writeLayout(
  directory: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<Layout> {
  const path = join(directory, 'layout')
  const blobs = join(path, 'blobs/sha256')
  await mkdir(blobs, { recursive: true })
  const add = async (mediaType: string, bytes: Buffer | string): Promise<Descriptor> => {
    const digest = sha256(bytes)
    await writeFile(join(blobs, digest.slice('sha256:'.length)), bytes)
    return { mediaType, digest, size: Buffer.byteLength(bytes) }
  }
  const archive = await packFiles(directory, files)
  const layer = await add(ociLayer, gzipSync(archive))
  const images: { digest: string; config: string }[] = []
  const entries: Descriptor[] = []
  for (const architecture of ['amd64', 'arm64']) {
    const platform = { architecture, os: 'linux' }
    const rootfs = { type: 'layers', diff_ids: [sha256(archive)] }
    const command = ['cat', ...Object.keys(files).map((name) => `/${name}`)]
    const config = await add(
      ociConfig,
      JSON.stringify({ ...platform, config: { Cmd: command }, rootfs }),
    )
    const manifest = { schemaVersion: 2, mediaType: ociImage, config, layers: [layer] }
    const image = await add(ociImage, JSON.stringify(manifest))
    images.push({ digest: image.digest, config: config.digest })
    entries.push({ ...image, platform })
  }
  const list = { schemaVersion: 2, mediaType: ociIndex, manifests: entries }
  const index = await add(ociIndex, JSON.stringify(list))
  const named = [index, ...entries].map((entry) => ({
    ...entry,
    annotations: { 'org.opencontainers.image.ref.name': entry.platform?.architecture ?? 'all' },
  }))
  await writeFiles(path, {
    'oci-layout': JSON.stringify({ imageLayoutVersion: '1.0.0' }),
    'index.json': JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: named }),
  })
  return { path, index: index.digest, images }
}
