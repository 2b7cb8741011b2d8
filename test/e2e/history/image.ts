import { sha256 } from '../../helpers/e2e/digest.ts'

function descriptor(bytes: Buffer, kind: string) {
  const mediaType = `application/vnd.oci.image.${kind}`
  return { mediaType, digest: sha256(bytes), size: bytes.length }
}

/** An image manifest over a config and layers; another `number`, another manifest. */
export function imageNaming(blobs: readonly [Buffer, ...Buffer[]], number: number): Buffer {
  const [config, ...layers] = blobs
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: descriptor(config, 'config.v1+json'),
      layers: layers.map((layer) => descriptor(layer, 'layer.v1.tar')),
      annotations: { number: String(number) },
    }),
  )
}
