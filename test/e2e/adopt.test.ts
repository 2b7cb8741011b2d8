import { cp, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { layerhouse, layerhouseKilledAt } from '../helpers/e2e/cli.ts'
import { must, run } from '../helpers/e2e/command.ts'
import { within } from '../helpers/e2e/daemon.ts'
import { startDistribution } from '../helpers/e2e/distribution.ts'
import { startDocker } from '../helpers/e2e/docker.ts'
import { mainPath } from '../helpers/e2e/flavour.ts'
import { writeLayout } from '../helpers/e2e/layout.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { temporaryDirectory } from '../helpers/e2e/scope.ts'
import { allServed, wholeOf } from '../helpers/e2e/served.ts'
import { skopeo } from '../helpers/e2e/storage.ts'
import { type Content, imageOf, randomContent } from '../helpers/push.ts'
import { lacksStrace } from './durability/strace.ts'

t.setTimeout(240_000)

interface Report {
  readonly tags: { readonly adopted: number; readonly kept: number }
  readonly blobs: { readonly adopted: number; readonly kept: number }
  readonly findings: readonly { readonly what: string; readonly problem: string }[]
}

const old = await startDistribution(t)
const layout = await writeLayout(await temporaryDirectory(t), { greeting: 'hello\n' })
const shared = randomContent(50_000)
const spoiled = randomContent(3000)

const dataOf = ({ digest }: Pick<Content, 'digest'>) => {
  const hex = digest.slice('sha256:'.length)
  return join(old.directory, 'blobs/sha256', hex.slice(0, 2), hex, 'data')
}

/** The layer of its own of one repository that is deleted here. */
const own = randomContent(1000)

const layersOf = (i: number): readonly Content[] => [
  shared,
  i === 1 ? own : randomContent(1000 + i),
  ...(i === 4 ? [spoiled] : []),
  ...(i === 5 ? [randomContent(700, 'sha512')] : []),
]

/** Two tags of one image but for an annotation, and a third one that is deleted. */
async function fillByHand(repository: string, layers: readonly Content[]): Promise<Content> {
  const config = randomContent(80)
  for (const content of [config, ...layers]) await old.pushBlob(repository, content)
  const manifestOf = (tag: string) => imageOf(config, layers, { annotations: { tag } })
  for (const tag of ['v1', 'v2', 'deleted']) {
    await old.pushManifest(repository, tag, manifestOf(tag))
  }
  const address = `${old.url}/v2/${repository}/manifests/${manifestOf('deleted').digest}`
  const gone = await fetch(address, { method: 'DELETE' })
  if (gone.status !== 202) throw new Error(`${gone.status} for a deletion`)
  return config
}

/** Every file with its inode and times, so that two looks are equal if nothing was touched. */
async function look(root: string): Promise<readonly string[]> {
  const names = await readdir(root, { recursive: true })
  const lines = names.map(async (name) => {
    const { ino, size, mode, uid, mtimeMs } = await stat(join(root, name))
    return [name, ino, size, mode, uid, mtimeMs].join(' ')
  })
  return (await Promise.all(lines)).sort()
}

const configs: Content[] = []
for (let i = 0; i < 19; i++) {
  const repository = `team/${i % 2 === 0 ? 'even' : 'odd/deep'}/app${i}`
  configs.push(await fillByHand(repository, layersOf(i)))
}
await skopeo(
  ...['copy', '--all', '--dest-tls-verify=false'],
  ...[`oci:${layout.path}:all`, `docker://${old.host}/tools/greeter:1`],
)
const everything = wholeOf(await allServed(old.url))
// What a crash or a bad disk may leave: two repositories are broken from here on.
await truncate(dataOf(spoiled), 1000)
const brokenHex = (configs[6] as Content).digest.slice('sha256:'.length)
const brokenLink = `repositories/team/even/app6/_layers/sha256/${brokenHex}/link`
await writeFile(join(old.directory, brokenLink), 'sha256:')
const before = await allServed(old.url)
const expected = new Map([...everything].filter(([name]) => !/app[46]:/.test(name)))
const untouched = await look(old.root)

/** Runs `layerhouse` so that what nothing holds is collected soon. */
function impatient(...words: readonly string[]) {
  const times = ['LAYERHOUSE_GC_GRACE=1s', 'LAYERHOUSE_HISTORY_KEEP=0s']
  return run('env', [...times, process.execPath, mainPath, ...words])
}

await t.test('what the old registry serves is 20 repositories, two of them broken', async (t) => {
  t.equal(everything.size, 39, '19 times two tags and an index')
  t.equal(expected.size, 35)
})

await t.test('a directory is adopted beside the old registry, and pulled', async (t) => {
  const registry = await startRegistry(t)
  const args = [old.root, '--root', registry.root]
  const running = await layerhouse('adopt', ...args)
  t.equal(running.code, 1)
  t.match(running.stderr, /another Layerhouse works on the data directory .*; stop that one/)
  await registry.stop()

  const empty = await look(registry.root)
  const tried = await layerhouse('adopt', ...args, '--dry-run', '--json')
  t.equal(tried.code, 1, 'something would be left out')
  t.same(await look(registry.root), empty, 'a dry run changes nothing here')
  t.same(await look(old.root), untouched, 'nor there')

  const { code, stdout } = await impatient('adopt', ...args, '--json')
  t.equal(code, 1)
  const report = JSON.parse(stdout) as Report
  t.same({ ...JSON.parse(tried.stdout), dryRun: false }, report, 'it was foretold')
  t.match(report, { repositories: 20, tags: { adopted: 35, kept: 0 } })
  t.same([...new Set(report.findings.map(({ what, problem }) => `${what} ${problem}`))].sort(), [
    'blob wrong content',
    'file broken link',
    'manifest lacks content',
    'tag no manifest',
  ])
  t.same(await look(old.root), untouched)

  await registry.start()
  t.notMatch(registry.log(), /ATTENTION/)
  t.same(await allServed(registry.url), expected, 'every digest is as it was')
  await t.test('by docker and skopeo', async (t) => {
    const { docker } = await startDocker(t)
    const image = `${registry.host}/tools/greeter:1`
    await docker('pull', '--platform', 'linux/amd64', image)
    t.match(
      await docker('image', 'inspect', '--format', '{{index .RepoDigests 0}}', image),
      layout.index,
    )
    const target = join(await temporaryDirectory(t), 'copy')
    const from = `docker://${registry.host}/tools/greeter:1`
    await skopeo('copy', '--all', '--src-tls-verify=false', from, `dir:${target}`)
    const manifest = await readFile(join(target, 'manifest.json'))
    t.same(manifest, await readFile(join(layout.path, 'blobs', layout.index.replace(':', '/'))))
  })

  await t.test('deleting and collecting here takes nothing from there', async (t) => {
    await registry.stop()
    t.equal((await stat(dataOf(own))).nlink, 2)
    await impatient('rm', 'team/odd/deep/app1', '--purge', '--root', registry.root)
    const isCollected = async () => {
      await sleep(1000)
      await impatient('gc', '--root', registry.root)
      return (await stat(dataOf(own))).nlink === 1
    }
    t.ok(await within(20_000, isCollected), 'our name for it is gone')
    await registry.start()
    t.equal((await allServed(registry.url)).size, expected.size - 2)
    await old.stop()
    await old.start()
    t.same(await allServed(old.url), before, 'the old registry starts and serves all it did')
  })

  await t.test('collecting there takes nothing from here', async (t) => {
    const now = await allServed(registry.url)
    const copy = await startDistribution(t)
    await copy.stop()
    await must('cp', ['-al', join(old.root, 'docker'), copy.root])
    await rm(join(copy.directory, 'repositories/team'), { recursive: true })
    await must('docker-registry', [
      'garbage-collect',
      '-m',
      join(dirname(copy.root), 'config.json'),
    ])
    t.same(await allServed(registry.url), now)
  })
})

await t.test('a compose file with the image exchanged keeps its images', async (t) => {
  const registry = await startRegistry(t, {
    prepare: (root) => cp(join(old.root, 'docker'), join(root, 'docker'), { recursive: true }),
  })
  t.match(registry.log(), /ATTENTION: .*holds the images of a registry:2.*layerhouse adopt/)
  t.match(registry.log(), /"level":"warn".*holds the images of a registry:2/)
  t.equal((await allServed(registry.url)).size, 0, 'it starts, and is empty')
  await registry.stop()
  const { code } = await layerhouse('adopt', registry.root, '--root', registry.root, '--move')
  t.equal(code, 1, 'something was left out')
  await registry.start()
  t.same(await allServed(registry.url), expected)
  const left = (await readdir(join(registry.root, 'docker'), { recursive: true })).filter((name) =>
    name.endsWith('/data'),
  )
  // Manifests that were deleted, what was left out, and what only a broken link named.
  t.equal(left.length, 19 + 5 + 1)
  t.ok(left.some((name) => name.includes(spoiled.digest.slice('sha256:'.length))))
})

await t.test('a copy shares nothing', async (t) => {
  const root = join(await temporaryDirectory(t), 'data')
  await layerhouse('adopt', old.root, '--root', root, '--copy')
  const files = (await readdir(join(root, 'blobs'), { recursive: true })).filter((name) =>
    name.includes('-'),
  )
  t.ok(files.length > 40)
  for (const name of files) t.equal((await stat(join(root, 'blobs', name))).nlink, 1)
  t.same(await look(old.root), untouched)
  t.match((await layerhouse('check', '--root', root)).stdout, /all is well/)
})

/** Where a run is killed, in its so-manyth call of that name: among blobs, twice among tags, at the end. */
const points = [
  ['link', 30],
  ['pwrite64', 2900],
  ['pwrite64', 3300],
  ['unlink', 2],
] as const

await t.test('a run that is killed can be run again', { skip: lacksStrace() }, async (t) => {
  const registry = await startRegistry(t)
  await registry.stop()
  const seen = new Set<number>()
  for (const [call, n] of points) {
    const point = `${call} ${n}`
    await rm(registry.root, { recursive: true })
    await mkdir(registry.root)
    const args = ['adopt', old.root, '--root', registry.root, '--quiet'] as const
    const { code } = await layerhouseKilledAt(call, n, ...args)
    t.ok(code === null || code === 137, `killed at ${point}`)
    await registry.start()
    const half = await allServed(registry.url)
    t.same(half, wholeOf(half), `after ${point} all ${half.size} tags that are there are whole`)
    await registry.stop()
    const again = await layerhouse(...args, '--json')
    const { tags } = JSON.parse(again.stdout) as Report
    t.match(tags, { adopted: expected.size - half.size, kept: half.size }, point)
    seen.add(half.size)
  }
  t.ok(seen.size > 1, `killed with ${[...seen].join(', ')} tags`)
  t.match((await layerhouse('check', '--root', registry.root)).stdout, /all is well/)
  await registry.start()
  t.same(await allServed(registry.url), expected)
  t.same(await look(old.root), untouched)
})

await t.test('the old registry is what it was', async (t) => {
  t.same(await allServed(old.url), before)
  t.same(await look(old.root), untouched)
})
