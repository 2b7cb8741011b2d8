import { cp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createClient } from '../helpers/client.ts'
import { layerhouse, layerhouseJson, layerhouseKilledAt } from '../helpers/e2e/cli.ts'
import { pullEverything } from '../helpers/e2e/pull.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { contentOf, pushBlob, pushImage } from '../helpers/push.ts'
import { lacksStrace } from './durability/strace.ts'

t.setTimeout(600_000)

const skip = lacksStrace()

/** Where a run is killed: at every call, or every so-manyth, that changes something on the disk. */
const calls = { mkdir: 7, link: 6, rename: 1, fsync: 10, unlink: 2 } as const

interface Report {
  readonly tags: number
  readonly missing: readonly string[]
}

/** Every outcome of a run that is killed at one of these calls, until one of them is not reached. */
async function* killedRuns(prepare: () => Promise<void>, ...args: readonly string[]) {
  for (const [call, step] of Object.entries(calls)) {
    for (let n = 1; ; n += step) {
      await prepare()
      const { code, stderr } = await layerhouseKilledAt(call, n, ...args)
      if (code === 0) break
      if (code !== null && code !== 137) throw new Error(`exit code ${code}: ${stderr}`)
      yield `${call} ${n}`
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

await t.test('killed runs', { skip }, async (t) => {
  const directory = await temporaryDirectory(t)
  const at = (name: string) => join(directory, name)
  const registry = await startRegistry(t)
  const request = createClient(Number(registry.host.split(':')[1]))
  const shared = contentOf('shared content')
  await pushBlob(request, 'team/app', shared)
  await pushImage(request, 'team/app', 'v1')
  await layerhouseJson('backup', at('first'), '--root', registry.root)
  // The update has to add, to replace and to remove.
  await pushBlob(request, 'team/app', shared)
  for (const tag of ['v2', 'v3']) await pushImage(request, 'team/app', tag)
  const everything = await pullEverything(registry.url)
  await registry.stop()

  /** How many tags come back, all of them whole. */
  async function restoredTags(backup: string): Promise<number> {
    await rm(at('restored'), { recursive: true, force: true })
    const report = await layerhouseJson<Report>('restore', backup, '--root', at('restored'))
    if (report.missing.length > 0) throw new Error(`${report.missing.length} blobs are missing`)
    return report.tags
  }

  await t.test(
    'a first backup that is killed is none, or whole, and can be run again',
    async (t) => {
      const args = ['backup', at('new'), '--root', registry.root]
      const prepare = () => rm(at('new'), { recursive: true, force: true })
      let points = 0
      for await (const point of killedRuns(prepare, ...args)) {
        points++
        if (await exists(join(at('new'), 'backup.json'))) {
          t.equal(await restoredTags(at('new')), 3, point)
        } else {
          const { code, stderr } = await layerhouse('restore', at('new'), '--root', at('nowhere'))
          t.equal(code, 1, point)
          t.match(stderr, /was cut off|no backup in/, point)
        }
        t.match(await layerhouseJson(...args), { tags: 3, missing: [] }, `again after ${point}`)
        t.same((await readdir(at('new'))).sort(), ['backup.json', 'blobs', 'lock', 'metadata.db'])
      }
      t.equal(await restoredTags(at('new')), 3)
      t.ok(points > 10, `${points} points`)
    },
  )

  await t.test('an update that is killed leaves the old or the new backup', async (t) => {
    const args = ['backup', at('update'), '--root', registry.root]
    const prepare = async () => {
      await rm(at('update'), { recursive: true, force: true })
      await cp(at('first'), at('update'), { recursive: true })
    }
    const seen = new Set<number>()
    for await (const point of killedRuns(prepare, ...args)) {
      const tags = await restoredTags(at('update'))
      t.ok(tags === 1 || tags === 3, `${tags} tags after ${point}`)
      seen.add(tags)
      t.match(await layerhouseJson(...args), { tags: 3, missing: [] }, `again after ${point}`)
    }
    t.same([...seen].sort(), [1, 3], 'both were seen')
  })

  await t.test(
    'a restore that is killed serves nothing, or everything, and can be run again',
    async (t) => {
      const backup = at('backup')
      await layerhouseJson('backup', backup, '--root', registry.root)
      const args = ['restore', backup, '--root', registry.root]
      const prepare = () => rm(registry.root, { recursive: true, force: true })
      let refused = 0
      for await (const point of killedRuns(prepare, ...args)) {
        const complete = await exists(join(registry.root, 'metadata.db'))
        if (!complete && (await exists(join(registry.root, 'restore.incomplete')))) {
          const serve = await layerhouse('serve', '--port', '0', '--root', registry.root)
          t.equal(serve.code, 1, point)
          t.match(serve.stderr, /layerhouse restore DIR/, point)
          refused++
        }
        if (!complete) t.match(await layerhouseJson(...args), { tags: 3 }, `again after ${point}`)
        await registry.start()
        t.same(await pullEverything(registry.url), everything, point)
        await registry.stop()
      }
      t.ok(refused > 5, `${refused} half-made directories were refused`)
    },
  )
})
