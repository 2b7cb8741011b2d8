import t, { type Test } from 'tap'
import { createAccounts } from '../../src/services/accounts/create.ts'
import { openStoresForReading } from '../../storage/open.ts'
import { createRandom, type Random } from '../faults/random.ts'
import { type Client, createClient } from '../helpers/client.ts'
import { must } from '../helpers/e2e/command.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { type Registry, startRegistry } from '../helpers/e2e/registry.ts'
import { type Content, imageOf, pushBlob, pushManifest, randomContent } from '../helpers/push.ts'

t.setTimeout(120_000)

const repositories = ['a', 'team/a', 'team/b']
const tags = ['1', '2', 'latest']
const historyKeep = 7 * 86_400_000

/** What `du` says about the files below the directories of content, not about the directories. */
async function diskUsage(root: string): Promise<number> {
  const list = 'find blobs uploads -type f -print0 | du --files0-from=- --bytes --total'
  const { stdout } = await must('bash', ['-c', `${list} | tail -n 1`], { cwd: root })
  return Number(stdout.split('\t')[0])
}

/** Starts an upload, sends something, and lets it be. */
async function abandonUpload(request: Client, repository: string, bytes: number): Promise<void> {
  const begun = await request('POST', `/v2/${repository}/blobs/uploads/`)
  const { pathname, search } = new URL(String(begun.headers['location']), 'http://registry')
  await request('PATCH', pathname + search, { body: Buffer.alloc(bytes) })
}

/** One of the things clients do; images share their layers. */
async function act(request: Client, random: Random, layers: readonly Content[]): Promise<void> {
  const [repository, tag] = [random.pick(repositories), random.pick(tags)]
  const chance = random.next()
  if (chance < 0.1) return abandonUpload(request, repository, random.between(1, 5000))
  if (chance < 0.2) return void (await pushBlob(request, repository, randomContent(777)))
  if (chance < 0.3) {
    return void (await request('DELETE', `/v2/${repository}/manifests/${tag}`))
  }
  const config = await pushBlob(request, repository, randomContent(random.between(1, 500)))
  const layer = await pushBlob(request, repository, random.pick(layers))
  const pushed = await pushManifest(request, repository, tag, imageOf(config, [layer]))
  if (chance > 0.9) await request('DELETE', `/v2/${repository}/manifests/${pushed.digest}`)
}

async function compare(t: Test, { root }: Registry, when: string): Promise<void> {
  const stores = await openStoresForReading({ root })
  try {
    const accounts = createAccounts({ ...stores, historyKeep })
    // What a push replaced is removed just after its answer.
    await within(5000, async () => (await accounts.reconcile()).trash === 0)
    const line = await accounts.reconcile()
    t.match(line, { trash: 0, absent: 0, difference: 0, unknown: [] }, when)
    t.equal(line.disk, await diskUsage(root), `${when}: du says the same`)
    for (const part of ['live', 'undo', 'waiting', 'uploads'] as const) t.ok(line[part] > 0, part)
    t.strictSame(await stores.metadata.accounts.recount(), [], `${when}: counted anew`)
  } finally {
    await stores.close()
  }
}

t.test('the accounts of a real data directory are what du says', async (t) => {
  const registry = await startRegistry(t)
  const random = createRandom(5)
  const layers = Array.from({ length: 6 }, () => randomContent(random.between(1, 100_000)))
  const client = () => createClient(Number(new URL(registry.url).port))
  const work = async (count: number) => {
    const request = client()
    for (let n = 0; n < count; n++) await act(request, random, layers)
  }
  await Promise.all(Array.from({ length: 4 }, () => work(30)))
  await compare(t, registry, 'beside a running registry')

  const busy = Promise.allSettled(Array.from({ length: 4 }, () => work(1000)))
  await within(1000, async () => false)
  await registry.kill()
  await busy
  await registry.start()
  await compare(t, registry, 'after it was killed at work')
  await registry.stop()
  await compare(t, registry, 'when it is stopped')
})
