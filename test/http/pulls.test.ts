import t, { type Test } from 'tap'
import { ociImage, ociIndex } from '../../src/oci/media-types.ts'
import { type CountedPulls, readPulls } from '../helpers/pulls.ts'
import { descriptor, indexOf, pushImage, pushManifest } from '../helpers/push.ts'
import { startRegistry, type TestRegistryOptions } from '../helpers/registry.ts'

const repository = 'team/app'

/** A registry with `team/app:image` and `team/app:index`, an index that lists the image. */
async function start(t: Test, options: TestRegistryOptions = {}) {
  // In one process, for which of several gets a connection is not known here.
  const registry = await startRegistry(t, {
    ...options,
    env: { LAYERHOUSE_HTTP_WORKERS: '1', ...options.env },
  })
  const { manifest: image } = await pushImage(registry.request, repository, 'image')
  const platform = { os: 'linux', architecture: 'amd64' }
  const index = indexOf([], { manifests: [{ ...descriptor(image, ociImage), platform }] })
  await pushManifest(registry.request, repository, 'index', index, ociIndex)

  async function ask(method: string, reference: string, headers: Record<string, string> = {}) {
    const path = `/v2/${repository}/manifests/${reference}`
    return (await registry.request(method, path, { headers: { accept: '*/*', ...headers } })).status
  }
  /** What is counted when the registry has stopped. */
  async function counted(): Promise<CountedPulls> {
    await registry.stop()
    const digests = [image.digest, index.digest]
    return readPulls(registry.root, repository, { tags: ['image', 'index'], digests })
  }
  const of = (
    tags: { image: number; index: number },
    manifests: { image: number; index: number },
    pulls: number,
  ): CountedPulls => ({
    tags,
    manifests: { [image.digest]: manifests.image, [index.digest]: manifests.index },
    repository: pulls,
  })
  return { ask, counted, of, image: image.digest, index: index.digest }
}

t.test('GET by tag and by digest is counted, HEAD and pushes are not', async (t) => {
  const { ask, counted, of, image } = await start(t)
  for (const [method, reference] of [
    ['GET', 'image'],
    ['GET', 'image'],
    ['GET', image],
    ['HEAD', 'image'],
    ['HEAD', image],
    ['HEAD', 'index'],
  ] as const) {
    t.equal(await ask(method, reference), 200)
  }
  t.equal(await ask('GET', 'absent'), 404)
  t.same(await counted(), of({ image: 2, index: 0 }, { image: 3, index: 0 }, 3))
})

t.test('HEAD by tag, then GET of the index and of its image, is one pull of the tag', async (t) => {
  const { ask, counted, of, image, index } = await start(t)
  for (let n = 0; n < 3; n++) {
    await ask('HEAD', 'index')
    await ask('GET', index)
    await ask('GET', image)
  }
  t.same(await counted(), of({ image: 0, index: 3 }, { image: 3, index: 3 }, 3))
})

t.test('a client that has the index already pulls the tag by its image', async (t) => {
  const { ask, counted, of, image } = await start(t)
  await ask('HEAD', 'index')
  await ask('GET', image)
  await ask('GET', image)
  t.same(await counted(), of({ image: 0, index: 1 }, { image: 2, index: 0 }, 2))
})

t.test('an image that a tag gives out of an index is a pull of tag and image', async (t) => {
  const { ask, counted, of, image } = await start(t)
  const accept = { accept: ociImage }
  t.equal(await ask('HEAD', 'index', accept), 200)
  t.equal(await ask('GET', image, accept), 200)
  t.equal(await ask('GET', 'index', accept), 200)
  t.same(await counted(), of({ image: 0, index: 2 }, { image: 2, index: 0 }, 2))
})

t.test('programs at one address are clients of their own', async (t) => {
  const { ask, counted, of, image } = await start(t)
  await ask('HEAD', 'image', { 'user-agent': 'docker/27' })
  await ask('GET', image, { 'user-agent': 'skopeo/1' })
  t.same(await counted(), of({ image: 0, index: 0 }, { image: 1, index: 0 }, 1))
})

t.test('behind a trusted proxy clients are told apart by their own address', async (t) => {
  const { ask, counted, of, image } = await start(t, {
    env: { LAYERHOUSE_HTTP_TRUSTED_PROXIES: '127.0.0.1' },
  })
  await ask('HEAD', 'image', { 'x-forwarded-for': '10.0.0.1' })
  await ask('GET', image, { 'x-forwarded-for': '10.0.0.2' })
  t.equal(await ask('GET', image, { 'x-forwarded-for': '10.0.0.1' }), 200)
  t.same(await counted(), of({ image: 1, index: 0 }, { image: 2, index: 0 }, 2))
})

t.test('"you have it already" is a pull, as an answer to GET', async (t) => {
  const { ask, counted, of, image } = await start(t)
  const known = { 'if-none-match': `"${image}"` }
  t.equal(await ask('GET', 'image', known), 304)
  t.equal(await ask('HEAD', 'image', known), 304)
  t.equal(await ask('GET', image, known), 304)
  t.same(await counted(), of({ image: 2, index: 0 }, { image: 2, index: 0 }, 2))
})

t.test('switched off nothing is counted', async (t) => {
  const { ask, counted, of } = await start(t, { env: { LAYERHOUSE_PULLS_ENABLED: 'false' } })
  t.equal(await ask('GET', 'image'), 200)
  t.same(await counted(), of({ image: 0, index: 0 }, { image: 0, index: 0 }, 0))
})

t.test('pulls are written while the registry runs', async (t) => {
  const registry = await startRegistry(t, { env: { LAYERHOUSE_PULLS_FLUSH_INTERVAL: '1s' } })
  await pushImage(registry.request, repository, 'image')
  await registry.request('GET', `/v2/${repository}/manifests/image`)
  const read = () => readPulls(registry.root, repository, { tags: ['image'] })
  const deadline = performance.now() + 15_000
  let seen = await read()
  while (seen.repository === 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    seen = await read()
  }
  t.same(seen, { tags: { image: 1 }, manifests: {}, repository: 1 })
})
