import { randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createClient } from '../helpers/client.ts'
import { layerhouse, layerhouseJson } from '../helpers/e2e/cli.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { pullEverything } from '../helpers/e2e/pull.ts'
import { type Registry, startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { contentOf, imageOf, pushBlob, pushImage, pushManifest } from '../helpers/push.ts'

t.setTimeout(240_000)

interface Report {
  readonly blobs: number
  readonly tags: number
  readonly missing: readonly string[]
  readonly removed: number
}

const clientOf = ({ host }: Registry) => createClient(Number(host.split(':')[1]))

/** A registry that serves what `restore` made of a backup. */
async function startRestored(backup: string, ...flags: readonly string[]): Promise<Registry> {
  const registry = await startRegistry(t)
  await registry.stop()
  await rm(registry.root, { recursive: true })
  const args = ['restore', backup, '--root', registry.root, ...flags]
  t.same((await layerhouseJson<Report>(...args)).missing, [])
  await registry.start()
  return registry
}

/** Everything that can change under a backup, as fast as it goes, until it is stopped. */
function startLoad(registry: Registry) {
  const request = clientOf(registry)
  const running = { stop: false, pushed: 0, replaced: 0, deleted: 0 }
  const kept = new Map<string, string>()
  const shared = Array.from({ length: 12 }, () => contentOf(randomBytes(20_000)))

  /** Images that share content: each push of it replaces the object that serves. */
  async function pushShared(repository: string): Promise<void> {
    for (let i = 0; !running.stop; i++) {
      const [config, layer] = [shared[i % 5], shared[5 + (i % 7)]]
      if (!config || !layer) throw new Error('content to share')
      await pushBlob(request, repository, config)
      await pushBlob(request, repository, layer)
      running.replaced += 2
      const manifest = imageOf(config, [layer], { annotations: { i: `${i}` } })
      await pushManifest(request, repository, 'shared', manifest)
    }
  }

  async function pushNew(repository: string): Promise<void> {
    for (let i = 0; !running.stop; i++) {
      const { manifest } = await pushImage(request, repository, `v${i}`)
      if (i % 3 === 0) {
        const path = `/v2/${repository}/manifests/${manifest.digest}`
        if ((await request('DELETE', path)).status !== 202) throw new Error('DELETE failed')
        running.deleted++
      } else {
        kept.set(`${repository}:v${i}`, manifest.digest)
      }
      running.pushed++
    }
  }

  const work = Promise.all([
    ...['load/a', 'load/b', 'load/c'].map(pushShared),
    ...['load/d', 'load/e'].map(pushNew),
  ])
  return {
    counts: running,
    /** What was acknowledged by now and is never deleted. */
    acknowledged: () => new Map(kept),
    async stop() {
      running.stop = true
      await work
    },
  }
}

await t.test('backups of a registry under load are whole, each of them', async (t) => {
  const registry = await startRegistry(t)
  const directory = await temporaryDirectory(t)
  const backup = join(directory, 'backup')
  const load = startLoad(registry)
  t.ok(await within(10_000, () => load.counts.replaced > 50 && load.counts.pushed > 10))
  for (const flags of [[], [], ['--copy'], []]) {
    const before = load.acknowledged()
    const replaced = load.counts.replaced
    const report = await layerhouseJson<Report>('backup', backup, '--root', registry.root, ...flags)
    t.ok(
      load.counts.replaced - replaced > 5,
      `${load.counts.replaced - replaced} replaced meanwhile`,
    )
    t.same(report.missing, [])
    const restored = await startRestored(backup)
    const pulled = await pullEverything(restored.url)
    t.equal(pulled.size, report.tags)
    const lost = [...before].filter(([name, digest]) => pulled.get(name) !== digest)
    t.same(lost, [], `all ${before.size} that were acknowledged before are there`)
    await restored.stop()
  }
  await load.stop()
  t.ok(load.counts.deleted > 5)
  t.same((await readdir(backup)).sort(), ['backup.json', 'blobs', 'lock', 'metadata.db'])
  t.equal(registry.log().includes('"level":"error"'), false, 'the registry noticed nothing')
})

await t.test('a backup on another file system is copied', async (t) => {
  const registry = await startRegistry(t)
  await pushImage(clientOf(registry), 'team/app', 'v1')
  const backup = `/dev/shm/layerhouse-backup-${process.pid}`
  t.teardown(() => rm(backup, { recursive: true, force: true }))
  const [here, there] = await Promise.all([registry.root, '/dev/shm'].map((path) => stat(path)))
  if (here?.dev === there?.dev) return t.comment('/dev/shm is no file system of its own here')
  const report = await layerhouseJson('backup', backup, '--root', registry.root)
  t.match(report, { linked: 0, copied: 2, missing: [] })
  const restored = await startRestored(backup)
  t.equal((await pullEverything(restored.url)).size, 1)
})

await t.test('snapshots by schedule bring a lost registry back', async (t) => {
  const env = { LAYERHOUSE_SNAPSHOTS_INTERVAL: '1s', LAYERHOUSE_SNAPSHOTS_KEEP: '2' }
  const registry = await startRegistry(t, { env })
  const snapshots = async () => (await readdir(join(registry.root, 'snapshots'))).sort()
  const [first, second] = ['team/app', 'team/other']
  await pushImage(clientOf(registry), first as string, 'v1')
  await pushImage(clientOf(registry), second as string, 'v1')
  const before = await pullEverything(registry.url)
  const seen = new Set<string>()
  const enough = async () => {
    for (const name of await snapshots().catch(() => [])) seen.add(name)
    return seen.size > 4
  }
  t.ok(await within(30_000, enough), `${seen.size} snapshots came`)
  await sleep(100)
  await registry.stop()
  const left = await snapshots()
  t.equal(left.length, 2, 'two are kept')
  for (const name of left) t.match(name, /^metadata-\d{8}T\d{6}\.\d{3}Z\.db$/)

  await rm(join(registry.root, 'metadata.db'))
  const serve = await layerhouse('serve', '--port', '0', '--root', registry.root)
  t.equal(serve.code, 1)
  t.match(
    serve.stderr,
    /^layerhouse serve: .* holds blobs, but no metadata\.db: .*rebuild.*restore/,
  )
  const rebuilt = await layerhouse('rebuild', '--root', registry.root)
  t.equal(rebuilt.code, 0, rebuilt.stderr)
  t.match(rebuilt.stdout, /repositories {2}2\n {2}tags {10}2\n/)
  await registry.start()
  t.same(await pullEverything(registry.url), before)
})
