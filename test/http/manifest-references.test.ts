import t from 'tap'
import { ociImage, ociIndex } from '../../src/oci/media-types.ts'
import { codesOf } from '../helpers/client.ts'
import {
  type Content,
  contentOf,
  descriptor,
  imageOf,
  indexOf,
  pushBlob,
  pushManifest,
} from '../helpers/push.ts'
import { startRegistry } from '../helpers/registry.ts'

const config = contentOf('{}')
const layer = contentOf('a layer')
const absent = contentOf('never pushed')
const subject = { subject: descriptor(absent, ociImage) }
const times = (count: number, content: Content) => Array.from({ length: count }, () => content)

/** What is pushed, its type, and how many references it has; ten are allowed. */
const cases: readonly (readonly [what: string, Content, type: string, references: number])[] = [
  ['config and 9 layers', imageOf(config, times(9, layer)), ociImage, 10],
  ['config and 10 layers', imageOf(config, times(10, layer)), ociImage, 11],
  ['config, 8 layers, subject', imageOf(config, times(8, layer), subject), ociImage, 10],
  ['config, 9 layers, subject', imageOf(config, times(9, layer), subject), ociImage, 11],
  ['10 entries', indexOf(times(10, absent)), ociIndex, 10],
  ['11 entries', indexOf(times(11, absent)), ociIndex, 11],
  ['10 entries, subject', indexOf(times(10, absent), subject), ociIndex, 11],
]

t.test('a manifest that names more than allowed is refused and changes nothing', async (t) => {
  const { request } = await startRegistry(t, {
    env: { LAYERHOUSE_MANIFESTS_MAX_REFERENCES: '10' },
  })
  await pushBlob(request, 'a', config)
  await pushBlob(request, 'a', layer)
  const first = await pushManifest(request, 'a', 'v1', imageOf(config, []))
  for (const [what, manifest, type, references] of cases) {
    const answer = await request('PUT', '/v2/a/manifests/v1', {
      headers: { 'content-type': type },
      body: manifest.bytes,
    })
    const now = await request('HEAD', '/v2/a/manifests/v1', { headers: { accept: '*/*' } })
    if (references <= 10) {
      t.equal(answer.status, 201, what)
      t.equal(now.headers['docker-content-digest'], manifest.digest, what)
    } else {
      t.equal(answer.status, 400, what)
      t.same(codesOf(answer), ['MANIFEST_INVALID'], what)
      t.match(answer.text, `names ${references} blobs and manifests, and 10 are allowed`, what)
      t.equal(now.headers['docker-content-digest'], first.digest, `${what}: the tag stays`)
      const stored = await request('HEAD', `/v2/a/manifests/${manifest.digest}`)
      t.equal(stored.status, 404, `${what}: nothing is stored`)
    }
    await pushManifest(request, 'a', 'v1', first)
  }
})

t.test('5000 references are allowed unless the configuration says otherwise', async (t) => {
  const { request } = await startRegistry(t)
  const entries = (count: number) =>
    indexOf(Array.from({ length: count }, (_, n) => contentOf(`entry ${n}`)))
  const push = (manifest: Content) =>
    request('PUT', '/v2/a/manifests/v1', {
      headers: { 'content-type': ociIndex },
      body: manifest.bytes,
    })
  t.equal((await push(entries(5001))).status, 400)
  t.equal((await request('GET', '/v2/a/tags/list')).status, 404, 'not even the repository is made')
  t.equal((await push(entries(5000))).status, 201)
})
