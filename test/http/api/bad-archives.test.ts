import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { ProblemDocument } from '../../helpers/api.ts'
import {
  dockerSave,
  type Entry,
  indexJson,
  ociEntries,
  ociParts,
  tarOf,
  zstdBlock,
  zstdOf,
} from '../../helpers/archives.ts'
import { contentOf, imageOf, randomContent } from '../../helpers/push.ts'
import { startRegistry, type TestRegistry } from '../../helpers/registry.ts'
import { until } from '../../helpers/wire.ts'

interface Case {
  readonly archive: () => Promise<Buffer>
  readonly reason: RegExp
  readonly query?: string
}

/** An archive that would be good with other entries in place of these. */
async function altered(change: (entries: Record<string, Entry>) => Record<string, Entry>) {
  return tarOf(change((await dockerSave()).entries))
}

const with_ = (more: Record<string, Entry>) => () => altered((entries) => ({ ...entries, ...more }))
const raw = { type: 'file', size: 0 } as const
const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`

/** A header whose PAX records are longer than anybody needs. */
function longHeader(): Promise<Buffer> {
  return tarOf({ file: { ...raw, pax: { comment: 'x'.repeat(3_000_000) } } })
}

/** One field of the first header, with a checksum that is right again. */
async function patched(at: number, bytes: string): Promise<Buffer> {
  const archive = await tarOf({ 'abc/layer.tar': 'x' })
  archive.write(bytes, at, 'latin1')
  archive.write('        ', 148, 'latin1')
  const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return archive
}

async function cut(share: number, compress = (bytes: Buffer) => bytes): Promise<Buffer> {
  const archive = compress(await altered((entries) => entries))
  return archive.subarray(0, Math.floor(archive.length * share))
}

async function wrongDigest(size: number): Promise<Buffer> {
  const { contents, manifest } = await ociParts()
  const entries = ociEntries(contents, [{ content: manifest, name: 'team/app:1' }])
  const { digest } = randomContent(size)
  return tarOf({ [`blobs/${digest.replace(':', '/')}`]: Buffer.alloc(size, '{'), ...entries })
}

const cases: Readonly<Record<string, Case>> = {
  nothing: { archive: async () => Buffer.alloc(1024), reason: /neither index\.json nor/ },
  'no tar': { archive: async () => Buffer.alloc(4096, 'x'), reason: /no tar archive/ },
  'cut off': { archive: () => cut(0.3), reason: /cut off/ },
  'gzip that is cut off': { archive: () => cut(0.5, gzipSync), reason: /gzip.*cut off/ },
  'gzip that is broken': {
    archive: async () => (await cut(1, gzipSync)).fill(7, 200, 300),
    reason: /gzip/,
  },
  'zstd that is cut off': { archive: () => cut(0.5, zstdOf), reason: /cut off/ },
  'zstd with a huge window': {
    archive: () => cut(1, (bytes) => zstdOf(bytes, 27)),
    reason: /window of 134217728 bytes/,
  },
  'zstd with something behind it': {
    archive: async () => Buffer.concat([await cut(1, zstdOf), Buffer.alloc(100, 'x')]),
    reason: /what follows/,
  },
  'a gzip bomb': {
    archive: async () => gzipSync(Buffer.alloc(100 * 1024 * 1024)),
    reason: /200 times|nothing but zeros/,
  },
  'a gzip bomb in a file': {
    archive: async () => {
      const file = await tarOf({ 'bomb.tar': Buffer.alloc(90 * 1024 * 1024) })
      return gzipSync(file)
    },
    reason: /200 times/,
  },
  'a zstd bomb': {
    archive: async () => {
      const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x50])
      const repeated = Buffer.concat([zstdBlock(1, 128 * 1024), Buffer.from([0])])
      const end = zstdBlock(0, 0, true)
      return Buffer.concat([header, ...Array.from({ length: 4000 }, () => repeated), end])
    },
    reason: /nothing but zeros|200 times/,
  },
  'zstd of tiny blocks': {
    archive: async () => {
      const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x50])
      const tiny = Buffer.concat([zstdBlock(1, 1), Buffer.from([0])])
      const end = zstdBlock(0, 0, true)
      return Buffer.concat([header, ...Array.from({ length: 30_000 }, () => tiny), end])
    },
    reason: /too many small blocks/,
  },
  'a path that leads out': { archive: with_({ '../x': 'y' }), reason: /"\.\."/ },
  'an absolute path': { archive: with_({ '/etc/passwd': 'y' }), reason: /absolute/ },
  'a path with a control character': { archive: with_({ 'a\u0007b': 'y' }), reason: /control/ },
  'a path that is too long': { archive: with_({ ['a'.repeat(2000)]: 'y' }), reason: /longer than/ },
  'a link that leads out': {
    archive: with_({ 'abc/x': { type: 'symlink', linkname: '../../etc/passwd' } }),
    reason: /leads out/,
  },
  'an absolute link': {
    archive: with_({ 'abc/x': { type: 'symlink', linkname: '/etc/passwd' } }),
    reason: /absolute/,
  },
  'a link to itself': {
    archive: with_({ 'abc/layer.tar': { type: 'symlink', linkname: 'layer.tar' } }),
    reason: /go round/,
  },
  'a link to nothing': {
    archive: with_({ 'abc/layer.tar': { type: 'symlink', linkname: 'none.tar' } }),
    reason: /does not have "abc\/layer\.tar"/,
  },
  'a device': {
    archive: with_({ 'dev/null': { type: 'character-device' } }),
    reason: /no file, directory or link/,
  },
  'a sparse file of GNU tar': { archive: () => patched(156, 'S'), reason: /no file/ },
  'a sparse file with PAX records': {
    archive: with_({ x: { ...raw, pax: { 'GNU.sparse.major': '1' } } }),
    reason: /sparse/,
  },
  'too many PAX records': {
    archive: with_({
      x: {
        ...raw,
        pax: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`k${at}`, 'v'])),
      },
    }),
    reason: /more than 100 PAX records/,
  },
  'a negative size': {
    archive: with_({ x: { ...raw, pax: { size: '-512' } } }),
    reason: /broken one/,
  },
  'a size beyond all numbers': {
    archive: with_({ x: { ...raw, pax: { size: '99999999999999999999' } } }),
    reason: /no sensible size/,
  },
  'a size that is no number': {
    archive: with_({ x: { ...raw, pax: { size: 'many' } } }),
    reason: /broken one/,
  },
  'headers that are too long': { archive: longHeader, reason: /headers of an entry/ },
  'more entries than are allowed': {
    archive: async () => {
      const one = (await tarOf({ x: { type: 'directory' } })).subarray(0, 512)
      return gzipSync(Buffer.concat(Array.from({ length: 50_002 }, () => one)))
    },
    reason: /more than 50000 entries/,
  },
  'a file twice': {
    archive: async () => {
      const { entries } = await dockerSave()
      return tarOf([...Object.entries(entries), ['abc/layer.tar', 'x'.repeat(600)]])
    },
    reason: /stands there twice/,
  },
  'a long manifest.json': {
    archive: with_({ 'manifest.json': `[${' '.repeat(1024 * 1024)}]` }),
    reason: /manifest\.json is longer/,
  },
  'a deep manifest.json': { archive: with_({ 'manifest.json': deep }), reason: /deeper than 100/ },
  'a deep index.json': { archive: with_({ 'index.json': deep }), reason: /deeper than 100/ },
  'a manifest.json that is no list': {
    archive: with_({ 'manifest.json': '{}' }),
    reason: /no list/,
  },
  'a config that is no config': {
    archive: async () => {
      const text = '{"a":1}'
      const list = [{ Config: 'c.json', RepoTags: ['a:1'], Layers: [] }]
      return tarOf({ 'c.json': text, 'manifest.json': JSON.stringify(list) })
    },
    reason: /no config of an image/,
  },
  'a config with another digest': {
    archive: () =>
      altered((entries) => {
        const path = Object.keys(entries).find((name) => name.length > 64) as string
        return { ...entries, [path]: `${entries[path]} ` }
      }),
    reason: /another digest than its name/,
  },
  'another layer than the config tells of': {
    archive: async () => {
      const other = await dockerSave(['team/app:1'], 2)
      return altered((entries) => ({ ...entries, 'abc/layer.tar': other.layer }))
    },
    reason: /not the one its config tells of/,
  },
  'a small blob with another digest': { archive: () => wrongDigest(50), reason: /another digest/ },
  'a big blob with another digest': {
    archive: () => wrongDigest(5 * 1024 * 1024),
    reason: /another digest/,
  },
  'a blob with no digest for a name': {
    archive: with_({ 'blobs/sha256/abc': 'x' }),
    reason: /no place for a blob/,
  },
  'an index without its manifest': {
    archive: async () =>
      tarOf({ 'index.json': indexJson([{ content: randomContent(), name: 'a:1' }]) }),
    reason: /does not have the manifest/,
  },
  'a manifest that is none': {
    archive: async () => {
      const content = contentOf('{"schemaVersion":2,"layers":[{}]}')
      return tarOf(ociEntries([content], [{ content, name: 'a:1' }]))
    },
    reason: /manifest invalid/,
  },
  'a name that no repository can have': {
    archive: async () => tarOf((await dockerSave(['Team/App:1'])).entries),
    reason: /no name for an image here/,
  },
  'no name at all': {
    archive: async () => tarOf((await dockerSave([])).entries),
    reason: /does not name the image .*say repo/,
  },
  'no tag': {
    archive: async () => tarOf((await dockerSave([])).entries),
    query: '?repo=team/app',
    reason: /say tag/,
  },
  'two images for one name': {
    archive: async () => {
      const parts = [await ociParts(1), await ociParts(2)]
      const roots = parts.map(({ manifest: content }) => ({ content, name: 'team/app:1' }))
      return tarOf(
        ociEntries(
          parts.flatMap(({ contents }) => contents),
          roots,
        ),
      )
    },
    reason: /two images for team\/app:1/,
  },
  'a layer that nobody has': {
    archive: async () => {
      const { config } = await ociParts()
      const content = imageOf(config, [randomContent()])
      return tarOf(ociEntries([config, content], [{ content, name: 'a:1' }]))
    },
    reason: /neither it nor the registry has sha256:/,
  },
}

function leftovers(root: string): readonly string[] {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
  return files
    .filter((file) => file.isFile() && /uploads|blobs/.test(file.parentPath))
    .map(({ name }) => name)
}

async function repositories({ request }: TestRegistry): Promise<readonly string[]> {
  const answer = await request('GET', '/v2/_catalog')
  return answer.json<{ repositories: readonly string[] }>().repositories
}

t.test('bad archives are refused with the reason, and leave nothing', async (t) => {
  const registry = await startRegistry(t)
  for (const [name, { archive, reason, query = '' }] of Object.entries(cases)) {
    const body = await archive()
    const answer = await registry.request('POST', `/api/v1/imports${query}`, { body })
    const { status, code, detail } = answer.json<ProblemDocument>()
    t.match(
      { status, code, detail },
      { status: 422, code: 'ARCHIVE_INVALID', detail: reason },
      name,
    )
    t.same(leftovers(registry.root), [], `${name} leaves no file`)
  }
  t.same(await repositories(registry), [])
})

t.test('a client that goes away leaves nothing', async (t) => {
  const registry = await startRegistry(t)
  const archive = await tarOf({ 'abc/layer.tar': Buffer.alloc(3 * 1024 * 1024, 'x') })
  for (const form of [false, true]) {
    const socket = connect(registry.port, '127.0.0.1')
    const type = form ? 'multipart/form-data; boundary=b' : 'application/x-tar'
    socket.write(
      `POST /api/v1/imports HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 9999999\r\n\r\n`,
    )
    const head = 'content-disposition: form-data; name="file"; filename="a.tar"'
    if (form) socket.write(`--b\r\n${head}\r\n\r\n`)
    socket.write(archive.subarray(0, 2 * 1024 * 1024))
    await until(() => leftovers(registry.root).length > 0)
    socket.destroy()
    await until(() => leftovers(registry.root).length === 0)
  }
  t.same(await repositories(registry), [], 'and the registry goes on')
})
