import { randomBytes } from 'node:crypto'
import t from 'tap'
import { pushBlob } from '../helpers/e2e/blob.ts'
import { layerhouse } from '../helpers/e2e/cli.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { askManagement, type GcRun, latestRuns } from '../helpers/e2e/management.ts'
import { pullEverything } from '../helpers/e2e/pull.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { storedDigests } from '../helpers/e2e/stored.ts'

t.setTimeout(300_000)

const ociImage = 'application/vnd.oci.image.manifest.v1+json'
/** Blobs that nothing will refer to: enough for many steps of a collection. */
const garbage = 1200

const registry = await startRegistry(t, {
  env: {
    LAYERHOUSE_GC_INTERVAL: '1h',
    LAYERHOUSE_GC_GRACE: '2s',
    LAYERHOUSE_HISTORY_KEEP: '0s',
  },
})
const address = `${registry.url}/v2/team/app`

async function pushImage(tag: string): Promise<readonly string[]> {
  const contents = [randomBytes(100), randomBytes(5000)]
  const digests = await Promise.all(contents.map((content) => pushBlob({ address }, content)))
  const [config, layer] = contents.map(({ length: size }, at) => ({
    mediaType: 'application/octet-stream',
    digest: digests[at],
    size,
  }))
  const body = JSON.stringify({ schemaVersion: 2, mediaType: ociImage, config, layers: [layer] })
  const headers = { 'content-type': ociImage }
  const url = `${address}/manifests/${tag}`
  const { status } = await fetch(url, { method: 'PUT', headers, body })
  if (status !== 201) throw new Error(`PUT of a manifest was answered ${status}`)
  return digests
}

async function pushGarbage(): Promise<void> {
  const lane = async () => {
    for (let count = 0; count < garbage / 8; count++) {
      await pushBlob({ address }, randomBytes(300))
    }
  }
  await Promise.all(Array.from({ length: 8 }, lane))
}

const kept: string[] = []
for (let count = 0; count < 5; count++) kept.push(...(await pushImage(`v${count}`)))
kept.sort()
const before = await pullEverything(registry.url)

const collect = () => askManagement<GcRun>(registry.url, 'POST', '/gc', {})

async function countDue(): Promise<number> {
  const dryRun = { dryRun: true }
  const preview = await askManagement<{ blobs: number }>(registry.url, 'POST', '/gc', dryRun)
  return preview.blobs
}

/** When to kill: in which state of the newest run. */
const moments: Readonly<Record<string, (run: GcRun) => boolean>> = {
  'as soon as it removes rows': ({ blobs }) => blobs > 0,
  'when half of the rows are removed': ({ blobs }) => blobs > garbage / 2,
  'when the rows are gone and files are removed': ({ blobs }) => blobs === garbage,
}

interface Finding {
  readonly problem: string
}

for (const [when, isDue] of Object.entries(moments)) {
  await t.test(`SIGKILL in a collection, ${when}, loses nothing`, async (t) => {
    await pushGarbage()
    // One collection takes all of it.
    t.ok(await within(60_000, async () => (await countDue()) === garbage))
    void collect().catch(() => undefined)
    let victim: GcRun | undefined
    const seen = await within(60_000, async () => {
      // Asked again at once: a collection is short.
      for (let look = 0; look < 100; look++) {
        const [newest] = await latestRuns(registry.url)
        if (newest === undefined || newest.finishedAt !== undefined || !isDue(newest)) continue
        victim = newest
        return true
      }
      return false
    })
    process.kill(registry.pid(), 'SIGKILL')
    await registry.exited()
    t.ok(seen, `a collection was under way: ${JSON.stringify(victim)}`)
    t.ok((await storedDigests(registry.root)).length > kept.length, 'it had not come to its end')
    const check = await layerhouse('check', '--quiet', '--json', '--root', registry.root)
    const { findings } = JSON.parse(check.stdout) as { findings: readonly Finding[] }
    t.same(
      findings.filter(({ problem }) => problem !== 'orphaned'),
      [],
      'orphans at most',
    )

    await registry.start()
    const run = await askManagement<GcRun>(registry.url, 'GET', `/gc/runs/${victim?.id}`)
    t.match(run, { error: 'interrupted', finishedAt: /Z$/ })
    const isClean = async () => {
      await collect()
      return (await storedDigests(registry.root)).length === kept.length
    }
    t.ok(await within(30_000, isClean), 'the rest goes with the next ones')
    t.same(await storedDigests(registry.root), kept)
    t.same(await pullEverything(registry.url), before, 'all that is referred to is there')
  })
}

await t.test('in the end nothing is wrong with the data', async (t) => {
  await registry.stop()
  const { code, stdout } = await layerhouse('check', '--quiet', '--root', registry.root)
  t.match({ code, stdout }, { code: 0, stdout: /all is well/ })
})
