import t from 'tap'
import { layerhouse, layerhouseJson } from '../helpers/e2e/cli.ts'
import { curl } from '../helpers/e2e/curl.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { buildImage, importBase } from '../helpers/e2e/image.ts'
import { askManagement, latestRuns } from '../helpers/e2e/management.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { storedDigests } from '../helpers/e2e/stored.ts'

t.setTimeout(300_000)

interface Move {
  readonly from?: string
  readonly to?: string
  readonly restorable: boolean
}

interface Image {
  readonly digest: string
  /** Of config and layers. */
  readonly blobs: readonly string[]
}

/** Read anew at each start. At first whatever goes can be brought back for long. */
const env: Record<string, string> = {
  LAYERHOUSE_GC_INTERVAL: '200ms',
  LAYERHOUSE_GC_GRACE: '3s',
  LAYERHOUSE_HISTORY_KEEP: '1h',
}
const registry = await startRegistry(t, { env })
const { docker } = await startDocker(t)
const directory = await temporaryDirectory(t)
await importBase(docker, directory)

const repo = 'team/app'
const latest = `${registry.host}/${repo}:latest`
const next = `${registry.host}/${repo}:next`
const neighbour = `${registry.host}/team/neighbour:1`
const local = { one: 'one:1', two: 'two:1' }
const place = ['--root', registry.root, '--port', registry.url.split(':').at(-1) as string]

async function push(image: string, name: string): Promise<void> {
  await docker('tag', image, name)
  await docker('push', name)
  await docker('image', 'rm', name)
}

/** What the image prints that the name means now, pulled anew. */
async function pullAndRun(name: string): Promise<string> {
  await docker('pull', name)
  const output = await docker('run', '--rm', '--network', 'none', name)
  await docker('image', 'rm', name)
  return output
}

async function imageOf(tag: string): Promise<Image> {
  const type = 'Accept: application/vnd.docker.distribution.manifest.v2+json'
  const { headers, body } = await curl(
    '--header',
    type,
    `${registry.url}/v2/${repo}/manifests/${tag}`,
  )
  const { config, layers } = JSON.parse(body) as {
    config: { digest: string }
    layers: { digest: string }[]
  }
  const digest = headers.get('docker-content-digest') as string
  return { digest, blobs: [config, ...layers].map((each) => each.digest) }
}

async function moves(tag: string): Promise<readonly Move[]> {
  const path = `/tags/history?repo=${repo}&tag=${tag}`
  return (await askManagement<{ items: readonly Move[] }>(registry.url, 'GET', path)).items
}

function restore(digest: string): Promise<object> {
  const body = { repo, tag: 'latest', digest }
  return askManagement(registry.url, 'POST', '/tags/restore', body)
}

/** Names of those that are not on the disk. */
async function missing(blobs: readonly string[]): Promise<readonly string[]> {
  const stored = new Set(await storedDigests(registry.root))
  return blobs.filter((digest) => !stored.has(digest))
}

await buildImage(docker, `${directory}/one`, local.one, { greeting: 'one\n' })
await buildImage(docker, `${directory}/two`, local.two, { greeting: 'two\n' })
await push(local.one, latest)
const one = await imageOf('latest')
// From now on the engine has its layer only when it pulls it.
await docker('image', 'rm', local.one)
await push(local.two, latest)
const two = await imageOf('latest')
await push('base:1', neighbour)

const shared = one.blobs.filter((digest) => two.blobs.includes(digest))
const own = (image: Image) => image.blobs.filter((digest) => !shared.includes(digest))

await t.test('a tag that is deleted by the distribution API is brought back', async (t) => {
  t.equal(shared.length, 1, 'both are built on one layer')
  const address = `${registry.url}/v2/${repo}/manifests/latest`
  t.equal((await curl('--request', 'DELETE', address)).status, 202)
  await t.rejects(docker('pull', latest), /manifest unknown|not found/)
  await restore(two.digest)
  t.equal(await pullAndRun(latest), 'two')
})

await t.test('what layerhouse rm deletes is brought back by its number', async (t) => {
  const wanted = `${repo}:latest`
  const preview = await layerhouse('rm', wanted, '--preview', ...place)
  t.match(preview.stdout, `would delete image ${two.digest}: untagged`)
  t.equal(await pullAndRun(latest), 'two', 'a preview changes nothing')
  const { deletion } = await layerhouseJson<{ deletion: { id: number } }>('rm', wanted, ...place)
  await t.rejects(docker('pull', latest), /manifest unknown|not found/)
  const undone = await askManagement(registry.url, 'POST', `/deletions/${deletion.id}/undo`)
  t.same(undone, { manifests: 1, tags: ['latest'], taken: [] })
  t.equal(await pullAndRun(latest), 'two')
})

await t.test('the image before the last push comes back, pulls and runs', async (t) => {
  t.same(await restore(one.digest), { repo, tag: 'latest', digest: one.digest, from: two.digest })
  t.equal(await pullAndRun(latest), 'one')
  const steps = (await moves('latest')).map(({ from, to }) => [from, to])
  t.same(steps.reverse(), [
    [undefined, one.digest],
    [one.digest, two.digest],
    [two.digest, undefined],
    [undefined, two.digest],
    [two.digest, undefined],
    [undefined, two.digest],
    [two.digest, one.digest],
  ])
})

await t.test('an overwritten image frees its layers once it is kept no longer', async (t) => {
  // So that nothing waits for the long time any more.
  await push(local.two, next)
  await registry.stop()
  Object.assign(env, { LAYERHOUSE_HISTORY_KEEP: '3s' })
  await registry.start()
  await push(local.two, latest)
  await docker('image', 'rm', local.two)
  t.same(await missing(one.blobs), [], 'it is kept at first')
  const gone = await within(30_000, async () => {
    return (await missing(own(one))).length === own(one).length
  })
  t.ok(gone, 'its own layer and config are gone from the disk')
  t.same(await missing(two.blobs), [], 'what the other tags need is there')
  const [last] = await moves('latest')
  t.match(last, { from: one.digest, to: two.digest, restorable: false })
  await t.rejects(restore(one.digest), /409.*was collected/)
  for (const name of [latest, next]) t.equal(await pullAndRun(name), 'two')
  const causes = (await latestRuns(registry.url)).map(({ cause }) => cause)
  t.ok(causes.includes('schedule'), 'nobody had to ask')
})

await t.test('a purge gives the space back after the grace alone', async (t) => {
  await registry.stop()
  Object.assign(env, { LAYERHOUSE_HISTORY_KEEP: '1h' })
  await registry.start()
  const { code, stdout } = await layerhouse('rm', `${repo}:*`, '--purge', ...place)
  const begun = performance.now()
  t.match({ code, stdout }, { code: 0, stdout: /^frees .* in 2 blobs, from /m })
  const gone = await within(30_000, async () => {
    return (await missing(own(two))).length === own(two).length
  })
  t.ok(gone, 'its own layer and config are gone from the disk')
  const seconds = (performance.now() - begun) / 1000
  t.ok(seconds > 2, `not before the grace: ${seconds} s`)
  t.same(await missing(shared), [], 'the layer of the neighbour is there')
  await docker('pull', neighbour)
  const catalog = await curl(`${registry.url}/v2/_catalog`)
  t.same(JSON.parse(catalog.body), { repositories: ['team/neighbour'] })
})

await t.test('in the end nothing is wrong with the data', async (t) => {
  await registry.stop()
  const { code, stdout } = await layerhouse('check', '--quiet', '--root', registry.root)
  t.match({ code, stdout }, { code: 0, stdout: /all is well/ })
})
