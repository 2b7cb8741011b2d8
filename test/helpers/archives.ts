import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { digestOf } from '../../src/oci/digest.ts'
import { ociImage, ociIndex } from '../../src/oci/media-types.ts'
import { noise } from './bytes.ts'
import { type Content, contentOf, descriptor, imageOf } from './push.ts'

/** What an entry of a tar is made of: its bytes, or a header of another kind. */
export type Entry = Buffer | string | Omit<Partial<Header>, 'name'>

/** A tar with these entries in this order. */
export async function tarOf(
  entries: Readonly<Record<string, Entry>> | readonly (readonly [string, Entry])[],
): Promise<Buffer> {
  const archive = pack()
  const list = Array.isArray(entries) ? entries : Object.entries(entries)
  for (const [name, entry] of list as readonly (readonly [string, Entry])[]) {
    if (typeof entry === 'string' || Buffer.isBuffer(entry)) archive.entry({ name }, entry)
    else if (entry.type === 'file') archive.entry({ ...entry, name } as Header, '')
    else archive.entry({ ...entry, name } as Header)
  }
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** A layer, and the config of an image that has it alone. */
export async function layerAndConfig(seed = 1): Promise<{ layer: Buffer; config: Content }> {
  const layer = await tarOf({ hello: noise(3000, seed) })
  const rootfs = { type: 'layers', diff_ids: [digestOf(layer)] }
  const text = JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs })
  return { layer, config: contentOf(text) }
}

function hexOf({ digest }: Content): string {
  return digest.slice('sha256:'.length)
}

/** What `docker save` wrote before it knew of OCI. */
export async function dockerSave(names = ['team/app:1.2'], seed = 1) {
  const { layer, config } = await layerAndConfig(seed)
  const list = [{ Config: `${hexOf(config)}.json`, RepoTags: names, Layers: ['abc/layer.tar'] }]
  const entries: Record<string, Entry> = {
    'abc/VERSION': '1.0',
    'abc/json': '{"id":"abc"}',
    'abc/layer.tar': layer,
    [`${hexOf(config)}.json`]: config.bytes,
    'manifest.json': JSON.stringify(list),
  }
  return { layer, config, entries }
}

/** An entry of a blob folder. */
export function blobEntry(content: Content): readonly [string, Buffer] {
  return [`blobs/${content.digest.replace(':', '/')}`, content.bytes]
}

/** An image as an OCI layout has it: a manifest, and what it names. */
export async function ociParts(seed = 1) {
  const { layer, config } = await layerAndConfig(seed)
  const packed = contentOf(gzipSync(layer))
  const manifest = imageOf(config, [packed])
  return { config, layer: packed, manifest, contents: [packed, config, manifest] }
}

export interface NamedRoot {
  readonly content: Content
  readonly name?: string
  readonly type?: string
}

export function indexJson(roots: readonly NamedRoot[]): string {
  const manifests = roots.map(({ content, name, type = ociImage }) => ({
    ...descriptor(content, type),
    ...(name === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } }),
  }))
  return JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests })
}

/** An OCI layout; its index comes last, as most programs write it. */
export function ociEntries(contents: readonly Content[], roots: readonly NamedRoot[]) {
  return Object.fromEntries<Entry>([
    ...contents.map(blobEntry),
    ['oci-layout', '{"imageLayoutVersion":"1.0.0"}'],
    ['index.json', indexJson(roots)],
  ])
}

/** A zstd frame of blocks that are not compressed, with a window of 2 to the `exponent`. */
export function zstdOf(bytes: Buffer, exponent = 20): Buffer {
  const size = 64 * 1024
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (exponent - 10) << 3])
  const blocks = Array.from({ length: Math.max(1, Math.ceil(bytes.length / size)) }, (_, at) => {
    const part = bytes.subarray(at * size, (at + 1) * size)
    const last = (at + 1) * size >= bytes.length
    return Buffer.concat([zstdBlock(0, part.length, last), part])
  })
  return Buffer.concat([header, ...blocks])
}

/** The header of a block; type 1 repeats one byte `size` times. */
export function zstdBlock(type: 0 | 1, size: number, last = false): Buffer {
  const header = Buffer.alloc(3)
  header.writeUIntLE((size << 3) | (type << 1) | Number(last), 0, 3)
  return header
}
