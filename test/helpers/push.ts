import { randomBytes } from 'node:crypto'
import { digestOf } from '../../src/oci/digest.ts'
import { ociImage, ociIndex } from '../../src/oci/media-types.ts'
import type { Client } from './client.ts'

/** Content to push, and where a descriptor points. */
export interface Content {
  readonly digest: string
  readonly size: number
  readonly bytes: Buffer
}

export function contentOf(
  bytes: Buffer | string,
  algorithm: 'sha256' | 'sha512' = 'sha256',
): Content {
  const buffer = Buffer.from(bytes)
  return { digest: digestOf(buffer, algorithm), size: buffer.length, bytes: buffer }
}

export function randomContent(size = 512, algorithm: 'sha256' | 'sha512' = 'sha256'): Content {
  return contentOf(randomBytes(size), algorithm)
}

/** Pushes a blob in one request; throws if it is not taken. */
export async function pushBlob(
  request: Client,
  repository: string,
  content: Content,
): Promise<Content> {
  const path = `/v2/${repository}/blobs/uploads/?digest=${content.digest}`
  const answer = await request('POST', path, { body: content.bytes })
  if (answer.status !== 201) throw new Error(`push of a blob: ${answer.status} ${answer.text}`)
  return content
}

export interface ImageParts {
  readonly config: Content
  readonly layers: readonly Content[]
  readonly manifest: Content
}

/** An image manifest over a config and layers; `extra` fields are added or replace others. */
export function imageOf(config: Content, layers: readonly Content[], extra: object = {}): Content {
  return contentOf(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: ociImage,
      config: descriptor(config, 'application/vnd.oci.image.config.v1+json'),
      layers: layers.map((layer) => descriptor(layer, 'application/vnd.oci.image.layer.v1.tar')),
      ...extra,
    }),
  )
}

export function indexOf(children: readonly Content[], extra: object = {}): Content {
  const manifests = children.map((child) => descriptor(child, ociImage))
  return contentOf(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests, ...extra }))
}

export function descriptor({ digest, size }: Content, mediaType: string) {
  return { mediaType, digest, size }
}

/** Pushes a manifest; throws if it is not taken. */
export async function pushManifest(
  request: Client,
  repository: string,
  reference: string,
  manifest: Content,
  type = ociImage,
): Promise<Content> {
  const answer = await request('PUT', `/v2/${repository}/manifests/${reference}`, {
    headers: { 'content-type': type },
    body: manifest.bytes,
  })
  if (answer.status !== 201) throw new Error(`push of a manifest: ${answer.status} ${answer.text}`)
  return manifest
}

/** Pushes a whole image of random content under a tag or digest. */
export async function pushImage(
  request: Client,
  repository: string,
  tag: string,
  extra: object = {},
): Promise<ImageParts> {
  const config = await pushBlob(request, repository, randomContent(64))
  const layer = await pushBlob(request, repository, randomContent(512))
  const manifest = imageOf(config, [layer], extra)
  await pushManifest(request, repository, tag, manifest)
  return { config, layers: [layer], manifest }
}
