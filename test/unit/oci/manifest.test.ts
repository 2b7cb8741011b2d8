import t from 'tap'
import { maxJsonDepth, outlineJson } from '../../../src/oci/json.ts'
import { readManifest } from '../../../src/oci/manifest.ts'
import { dockerImage, dockerList, ociImage, ociIndex } from '../../../src/oci/media-types.ts'

const digest = (char: string) => `sha256:${char.repeat(64)}`
const config = {
  mediaType: 'application/vnd.oci.image.config.v1+json',
  digest: digest('c'),
  size: 2,
}
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digest('a'), size: 5 }
const image = { schemaVersion: 2, mediaType: ociImage, config, layers: [layer] }
const index = {
  schemaVersion: 2,
  mediaType: ociIndex,
  manifests: [{ ...layer, mediaType: ociImage }],
}

const read = (document: unknown, type?: string) =>
  readManifest(Buffer.from(JSON.stringify(document)), type)
const readText = (text: string, type?: string) => readManifest(Buffer.from(text), type)

t.test('an image tells its config and layers', async (t) => {
  const view = read(image, ociImage)
  t.match(view, { kind: 'image', mediaType: ociImage, artifactType: config.mediaType })
  t.same(
    view.blobs.map(({ digest }) => digest),
    [config.digest, layer.digest],
  )
  t.same(view.children, [])
})

t.test('an index tells its entries, and no artifact type unless it has one', async (t) => {
  const view = read(index, ociIndex)
  t.match(view, { kind: 'index', blobs: [] })
  t.equal(view.children.length, 1)
  t.notOk('artifactType' in view)
  t.equal(read({ ...index, artifactType: 'x/y' }).artifactType, 'x/y')
})

t.test(
  'the type comes from the header, else from the document, else from its fields',
  async (t) => {
    const { mediaType: _, ...bare } = image
    const { mediaType: __, ...bareIndex } = index
    t.equal(read(bare, `${ociImage}; charset=utf-8`).mediaType, ociImage)
    t.equal(read(bare, ociImage.toUpperCase()).mediaType, ociImage)
    t.equal(read({ ...image, mediaType: dockerImage }, 'application/json').mediaType, dockerImage)
    t.equal(read({ ...index, mediaType: dockerList }, '').mediaType, dockerList)
    t.equal(read(bare, 'application/x-www-form-urlencoded').mediaType, ociImage)
    t.equal(read(bareIndex, undefined).mediaType, ociIndex)
  },
)

t.test('what the suites of the field push is accepted', async (t) => {
  const accepted: Readonly<Record<string, unknown>> = {
    'no layers': { ...image, layers: [] },
    'null layers': { ...image, layers: null },
    'an empty index': { ...index, manifests: [] },
    'a null index': { ...index, manifests: null },
    'the same layer twice': { ...image, layers: [layer, layer] },
    'fields of its own': { ...image, custom: { deep: [1, { a: null }] }, 'x-y': 1 },
    'a data field': { ...image, config: { ...config, data: 'e30=' } },
    'an annotation named __proto__': JSON.parse(
      JSON.stringify(image).replace('{', '{"annotations":{"__proto__":"x"},'),
    ),
  }
  for (const [what, document] of Object.entries(accepted)) {
    t.equal(read(document).blobs.length >= 0, true, what)
  }
})

t.test('foreign layers need not be here', async (t) => {
  const elsewhere = (extra: object) =>
    read({ ...image, layers: [{ ...layer, ...extra }] }).blobs[1]?.elsewhere
  t.equal(elsewhere({}), false)
  t.equal(elsewhere({ urls: [] }), false)
  t.equal(elsewhere({ urls: ['https://example.com/x'] }), true)
  t.equal(
    elsewhere({ mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd' }),
    true,
  )
  t.equal(
    elsewhere({ mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' }),
    true,
  )
})

t.test('a bad manifest is MANIFEST_INVALID with the reason', async (t) => {
  const text = JSON.stringify(image)
  const refused: readonly (readonly [string, string, RegExp, string?])[] = [
    ['no JSON', '{', /not a JSON/],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1'), /./],
    ['an array', '[]', /not a JSON object/],
    ['null', 'null', /not a JSON object/],
    ['a byte order mark', `\uFEFF${text}`, /not a JSON/],
    ['version 1', '{"schemaVersion":1}', /schemaVersion/],
    ['version as text', '{"schemaVersion":"2"}', /schemaVersion/],
    ['no config', '{"schemaVersion":2,"layers":[]}', /"config"/],
    ['layers no array', JSON.stringify({ ...image, layers: {} }), /"layers" must be an array/],
    [
      'a layer without digest',
      JSON.stringify({ ...image, layers: [{ ...layer, digest: 'x' }] }),
      /layers\[0\].*digest/,
    ],
    ['a negative size', JSON.stringify({ ...image, config: { ...config, size: -1 } }), /size/],
    [
      'a size with a fraction',
      JSON.stringify({ ...image, config: { ...config, size: 1.5 } }),
      /size/,
    ],
    ['a size past exact numbers', text.replace('"size":2', '"size":9007199254740993'), /size/],
    ['an infinite size', text.replace('"size":2', '"size":1e400'), /size/],
    [
      'an annotation that is no string',
      JSON.stringify({ ...image, annotations: { a: 1 } }),
      /annotation/,
    ],
    ['image and index at once', JSON.stringify({ ...image, manifests: [] }), /both/],
    [
      'an index sent as image',
      JSON.stringify({ ...index, mediaType: undefined }),
      /does not belong/,
      ociImage,
    ],
    [
      'an image sent as index',
      JSON.stringify({ ...image, mediaType: undefined }),
      /do not belong/,
      ociIndex,
    ],
    ['another type than its header', text, /sent as/, dockerImage],
    [
      'schema 1',
      text,
      /not supported/,
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
    ],
    [
      'the old artifact manifest',
      text,
      /not supported/,
      'application/vnd.oci.artifact.manifest.v1+json',
    ],
    ['a key twice', text.replace('{', '{"layers":[],'), /stands twice/],
    ['a key in other letters', text.replace('"layers"', '"Layers"'), /must be written "layers"/],
    ['a key in letters that fold', text.replace('"layers"', '"layer\u017f"'), /must be written/],
    ['a key twice by an escape', text.replace('{', '{"\\u006cayers":[],'), /stands twice/],
    ['endless depth', `{"schemaVersion":2,"x":${'['.repeat(1_000_000)}`, /nested deeper/],
    ['a bad subject', JSON.stringify({ ...image, subject: { digest: 'x' } }), /"subject"/],
  ]
  for (const [what, document, reason, type] of refused) {
    const bytes = what === 'not UTF-8' ? Buffer.from([0x7b, 0xff, 0x7d]) : Buffer.from(document)
    t.throws(() => readManifest(bytes, type), { code: 'MANIFEST_INVALID', message: reason }, what)
  }
})

t.test('depth up to the limit is fine', async (t) => {
  const depth = maxJsonDepth - 1
  const text = JSON.stringify(image).replace('{', `{"x":${'['.repeat(depth)}${']'.repeat(depth)},`)
  t.equal(readText(text).kind, 'image')
})

t.test('the outline sees keys, not texts that look like keys', async (t) => {
  const { keys, depth } = outlineJson('{"a":"\\"layers\\":", "b" : {"layers":1}, "c":["d"]}')
  t.same(keys, ['a', 'b', 'c'])
  t.equal(depth, 2)
})
