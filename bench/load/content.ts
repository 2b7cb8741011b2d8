import { createHash } from 'node:crypto'

export const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const configType = 'application/vnd.oci.image.config.v1+json'
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip'

export interface Content {
  readonly bytes: Buffer
  readonly digest: string
}

export function contentOf(bytes: Buffer | string): Content {
  const buffer = Buffer.from(bytes)
  return { bytes: buffer, digest: `sha256:${createHash('sha256').update(buffer).digest('hex')}` }
}

export interface Image {
  readonly blobs: readonly Content[]
  readonly manifest: Content
}

/** An image as they are: a config and some layers, each a little different. */
export function smallImage(layers: number): Image {
  const config = contentOf(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  )
  const blobs = Array.from({ length: layers }, (_, i) => contentOf(`layer ${i}\n`.repeat(100)))
  const describe = (mediaType: string, { bytes, digest }: Content) => ({
    mediaType,
    digest,
    size: bytes.length,
  })
  const manifest = contentOf(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: describe(configType, config),
      layers: blobs.map((layer) => describe(layerType, layer)),
    }),
  )
  return { blobs: [config, ...blobs], manifest }
}
