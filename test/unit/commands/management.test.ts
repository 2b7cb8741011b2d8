import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { commands } from '../../../src/commands/all.ts'
import { dispatch } from '../../../src/commands/dispatch.ts'
import { imageOf, pushImage, pushManifest } from '../../helpers/push.ts'
import { startRegistry } from '../../helpers/registry.ts'
import { createWorld } from './world.ts'

const times = { LAYERHOUSE_GC_GRACE: '1s', LAYERHOUSE_HISTORY_KEEP: '1s' }
/** Milliseconds after which what was deleted without a purge may go: keep, and then grace. */
const due = 1050

async function run(...args: readonly string[]) {
  const world = createWorld(times)
  const code = await dispatch('layerhouse', commands, args, world.io)
  return { code, stdout: world.stdout(), stderr: world.stderr() }
}

/** A registry with one image under two tags, and how commands are told of it. */
async function start(t: Test) {
  const registry = await startRegistry(t, { env: times })
  const image = await pushImage(registry.request, 'team/app', 'v1')
  await pushManifest(registry.request, 'team/app', 'latest', image.manifest)
  const place = ['--root', registry.root, '--port', String(registry.port), '--host', '127.0.0.1']
  return { registry, image, place }
}

/** With the registry running, and after it was stopped. */
const ways = { 'through the registry': false, 'without one': true } as const

async function prepare(t: Test, offline: boolean) {
  const started = await start(t)
  if (offline) await started.registry.stop()
  return started
}

function objectsIn(root: string): number {
  const entries = readdirSync(join(root, 'blobs'), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).length
}

for (const [way, offline] of Object.entries(ways)) {
  t.test(`rm previews and deletes ${way}`, async (t) => {
    const { registry, image, place } = await prepare(t, offline)
    const { digest } = image.manifest
    const preview = await run('rm', 'team/app:v1', '--preview', ...place)
    const kept = `would delete tag v1 (${digest})\nkeeps image ${digest}: tag latest\n`
    t.same(preview, { code: 0, stdout: kept, stderr: '' })

    const one = await run('rm', 'team/app:v1', ...place)
    t.same([one.code, one.stderr], [0, ''])
    t.match(one.stdout, /^deleted tag v1 .*\nkeeps image .*\ndeletion 1 can be undone/)
    const again = await run('rm', 'team/app:v1', ...place)
    t.same(again, { code: 1, stdout: 'not there: v1\n', stderr: '' }, 'nothing is a failure')

    const last = await run('rm', `team/app@${digest}`, '--purge', ...place)
    t.same([last.code, last.stderr], [0, ''])
    t.match(last.stdout, `deleted image ${digest}: asked for\nfrees 576 B in 2 blobs, from 20`)
    t.notMatch(last.stdout, /undone/)
    t.equal(objectsIn(registry.root), 2, 'not before the grace')
  })

  t.test(`rm takes patterns and whole repositories ${way}`, async (t) => {
    const { registry, place } = await start(t)
    await pushImage(registry.request, 'team/app', 'pr-1')
    await pushImage(registry.request, 'team/app', 'pr-22')
    if (offline) await registry.stop()
    const pattern = await run('rm', 'team/app:pr-*', '--json', ...place)
    t.equal(pattern.code, 0)
    const { plan, deletion } = JSON.parse(pattern.stdout)
    t.same(
      plan.tags.map(({ tag }: { tag: string }) => tag),
      ['pr-1', 'pr-22'],
    )
    t.equal(deletion.repo, 'team/app')
    const none = await run('rm', 'team/app:x?', ...place)
    t.same(none, { code: 1, stdout: 'no tag fits this pattern\n', stderr: '' })
    const preview = await run('rm', 'team/app', '--preview', ...place)
    t.match(preview, {
      code: 0,
      stdout: /^would delete the repository team\/app: 2 tags, 1 image\nfrees \d+ B, from /,
    })
    const all = await run('rm', 'team/app', ...place)
    t.match(all, { code: 0, stdout: /^deleted the repository team\/app\ndeletion 2 can be undone/ })
    const purged = await run('rm', 'team/app', '--purge', ...place)
    t.same(purged, { code: 0, stdout: 'deleted the repository team/app\n', stderr: '' })
    const nothing = await run('rm', 'team/app', ...place)
    t.match(nothing, { code: 1, stderr: /repository name not known/ })
  })

  t.test(`gc tells, and removes, what is due ${way}`, async (t) => {
    const { registry, image, place } = await prepare(t, offline)
    const { digest } = image.manifest
    await run('rm', `team/app@${digest}`, '--purge', ...place)
    const early = await run('gc', ...place)
    t.same(early, {
      code: 0,
      stdout: 'removed 0 manifests and 0 blobs (0 B), 0 files\n',
      stderr: '',
    })
    await sleep(due)
    const dry = await run('gc', '--dry-run', ...place)
    t.same([dry.code, dry.stderr], [0, ''])
    t.match(dry.stdout, `manifest team/app@${digest}: deleted (`)
    t.match(dry.stdout, /^would remove 1 manifest and \d blobs? \(\d+ B\)/m)
    t.same(await run('gc', '-d', ...place), dry, 'and has changed nothing')
    const json = JSON.parse((await run('gc', '--dry-run', '--json', ...place)).stdout)
    t.match(json, { manifests: 1, items: [{ kind: 'manifest', digest }] })

    const done = JSON.parse((await run('gc', '--json', ...place)).stdout)
    t.match(done, { cause: 'command', manifests: 1 })
    const quiet = await run('garbage-collect', '-q', ...place)
    t.same(quiet, { code: 0, stdout: '', stderr: '' })
    await sleep(due)
    await run('gc', ...place)
    t.equal(objectsIn(registry.root), 0)
  })
}

t.test('gc takes images without a tag if it is told to', async (t) => {
  const { registry, image, place } = await start(t)
  const { request } = registry
  const alone = imageOf(image.config, [])
  await pushManifest(request, 'team/app', alone.digest, alone)
  await sleep(due)
  t.match(await run('gc', '-d', ...place), { stdout: /^would remove 0 manifests/ })
  const both = await run('garbage-collect', '-dm', ...place)
  t.match(both.stdout, `manifest team/app@${alone.digest}: pushed without a tag`)
  t.match(await run('gc', '--delete-untagged', ...place), { stdout: /^removed 1 manifest / })
  t.equal((await request('HEAD', '/v2/team/app/manifests/v1')).status, 200)
})

t.test('gc takes the configuration file as garbage-collect of registry:2 does', async (t) => {
  const directory = t.testdir()
  const root = join(directory, 'data')
  await (await startRegistry(t, { root })).stop()
  const file = join(directory, 'ours.yml')
  writeFileSync(file, `storage:\n  root: ${root}\n`)
  for (const args of [[file], ['--config', file], ['--config', file, file]]) {
    t.match(await run('garbage-collect', '--dry-run', ...args), { code: 0, stderr: '' })
  }
  t.match(await run('gc', join(directory, 'none.yml')), { code: 1, stderr: /no such file/ })
})

t.test('a registry that runs and is not where it is said to be is told', async (t) => {
  const { root } = await startRegistry(t, { env: times })
  for (const args of [['gc'], ['rm', 'team/app:v1']]) {
    const { code, stdout, stderr } = await run(...args, '--root', root, '--port', '1')
    t.same([code, stdout], [1, ''])
    t.match(stderr, /works on .* is not reached at 127\.0\.0\.1:1 \(.*ECONNREFUSED/)
    t.match(stderr, /give its --host and --port\n$/)
  }
})

t.test('a refusal is told in the words of the registry', async (t) => {
  for (const offline of [false, true]) {
    const { place } = await prepare(t, offline)
    for (const [args, message] of [
      [['rm', 'no/where:v1'], /repository name not known/],
      [['rm', 'no/where'], /repository name not known/],
      [['rm', 'team/app@sha256:1'], /"digests\.0" must be a digest/],
      [['rm', 'Team/App:v1'], /"repo" must be a repository name/],
    ] as const) {
      const { code, stdout, stderr } = await run(...args, ...place)
      t.same([code, stdout], [1, ''], args.join(' '))
      t.match(stderr, message, args.join(' '))
    }
  }
})

t.test('no data directory is made for a name that was mistyped', async (t) => {
  const root = join(t.testdir(), 'typo')
  for (const args of [['gc'], ['gc', '-d'], ['rm', 'team/app:v1']]) {
    const { code, stderr } = await run(...args, '--root', root)
    t.equal(code, 1)
    t.match(stderr, /there is no registry's data in .*typo; name its directory with --root/)
    t.notOk(existsSync(root))
  }
})

const usage: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['rm'], /REPO is missing/],
  [['rm', 'a', 'b'], /unexpected argument "b"/],
  [['rm', 'team/app:v1', '--preveiw'], /unknown flag/],
  [['rm', 'team/app:v1', '-f'], /unknown flag -f/],
  [['gc', '-x'], /unknown flag -x/],
  [['gc', '--dryrun'], /did you mean --dry-run\?/],
  [['gc', 'a.yml', 'b.yml'], /unexpected argument "b\.yml"/],
  [['gc', '--config', 'a.yml', 'b.yml'], /two configuration files are given/],
]

t.test('a command line that can not be meant is a usage error', async (t) => {
  for (const [args, message] of usage) {
    const { code, stdout, stderr } = await run(...args)
    t.same([code, stdout], [2, ''], args.join(' '))
    t.match(stderr, message, args.join(' '))
  }
})
