import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commands } from '../../../src/commands/all.ts'
import { dispatch } from '../../../src/commands/dispatch.ts'
import { objectOf, startWorld } from '../storage/backup/world.ts'
import { createWorld } from './world.ts'

async function run(...args: readonly string[]) {
  const world = createWorld()
  const code = await dispatch('layerhouse', commands, args, world.io)
  return { code, stdout: world.stdout(), stderr: world.stderr() }
}

t.test('backup and restore tell what they did, to people and to programs', async (t) => {
  const world = await startWorld(t)
  const [backup, restored] = [world.path('backup'), world.path('restored')]
  const made = await run('backup', backup, '--root', world.root)
  t.same([made.code, made.stderr], [0, ''])
  t.match(made.stdout, /backup holds the registry as it was at 20\S+Z\.\n {2}repositories {2}1\n/)
  t.match(made.stdout, / {2}blobs {9}4, 1\.1 KiB\n {2}objects {7}4 linked, 0 copied\n$/)

  const again = await run('backup', backup, '--root', world.root, '--json', '--copy')
  t.match(JSON.parse(again.stdout), { copied: 4, updated: true, tags: 2, missing: [] })

  const back = await run('restore', backup, '--root', restored)
  t.same([back.code, back.stderr], [0, ''])
  t.match(back.stdout, / {2}verified {6}4 of 4 blobs are there with their size\n$/)
  t.notMatch(back.stdout, /replaced/)
  const refused = await run('restore', backup, '--root', restored)
  t.same([refused.code, refused.stdout], [1, ''])
  t.match(refused.stderr, /^layerhouse restore: .*restored holds a registry already.*--force\n$/)
  const forced = await run('restore', backup, '--root', restored, '--force', '--json', '--copy')
  t.match(JSON.parse(forced.stdout), { replaced: /^metadata\.db\.replaced-/, kept: 4 })
})

t.test('lost blobs are a warning that names them, and a failure', async (t) => {
  const world = await startWorld(t)
  const { config } = world.images[0]
  rmSync(await objectOf(world.root, config))
  const warning = new RegExp(`^warning: 1 blob lost by the registry .*:\n {2}${config.digest}\n$`)
  const text = await run('backup', world.path('backup'), '--root', world.root)
  t.equal(text.code, 1)
  t.match(text.stdout, /holds the registry/, 'it is made all the same')
  t.match(text.stderr, warning)
  const json = await run('backup', world.path('backup'), '--root', world.root, '--json')
  t.equal(json.code, 1)
  t.same(JSON.parse(json.stdout).missing, [config.digest])
  const restored = await run('restore', world.path('backup'), '--root', world.path('restored'))
  t.equal(restored.code, 1)
  t.match(restored.stdout, /3 of 4 blobs/)
  t.match(restored.stderr, /^warning: 1 blob named by the backup and not whole in it/)
})

t.test('rebuild says exactly what came back', async (t) => {
  const world = await startWorld(t)
  const backup = world.path('backup')
  await run('backup', backup, '--root', world.root)
  const running = await run('rebuild', '--root', world.root)
  t.match(running, { code: 1, stderr: /^layerhouse rebuild: another Layerhouse works on/ })
  await world.registry.stop()
  t.match(await run('rebuild', '--root', world.root), { code: 1, stderr: /is sound/ })
  rmSync(join(world.root, 'metadata.db'))
  const none = await run('rebuild', '--root', world.root)
  t.match(none, { code: 1, stdout: '', stderr: /there is no usable snapshot in .*restore DIR/s })
  t.notOk(existsSync(join(world.root, 'metadata.db')))

  rmSync(await objectOf(world.root, world.images[0].config))
  const snapshot = join(backup, 'metadata.db')
  const made = await run('rebuild', '--root', world.root, '--snapshot', snapshot)
  t.equal(made.code, 1)
  t.equal(
    made.stdout,
    `The metadata of ${world.root} is made from ${snapshot}. This came back:
  repositories  1
  tags          2
  manifests     2
  blobs         3 of 4, 1 KiB
  pushed again  0 blobs, found in a newer object
  missing       1 blob
  not named     0 objects left alone: newer than the snapshot, or given up before it
What was pushed, tagged or deleted after the snapshot is not in it.
`,
  )
  t.match(made.stderr, /^warning: 1 blob named by the snapshot and not there; push again:\n {2}sha/)
  const json = await run(
    'rebuild',
    '--root',
    world.root,
    '--snapshot',
    snapshot,
    '--force',
    '--json',
  )
  t.match(JSON.parse(json.stdout), {
    repointed: 0,
    unnamed: 0,
    replaced: /^metadata\.db\.replaced-/,
  })
})

const usage: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['backup'], /DIR is missing/],
  [['backup', 'a', 'b'], /unexpected argument "b"/],
  [['backup', 'a', '--force'], /unknown flag --force/],
  [['restore'], /DIR is missing/],
  [['restore', 'a', '--froce'], /did you mean --force\?/],
  [['rebuild', 'a'], /unexpected argument "a"/],
  [['rebuild', '--snapshot='], /--snapshot needs a value/],
]

t.test('a command line that can not be meant is a usage error', async (t) => {
  for (const [args, message] of usage) {
    const { code, stdout, stderr } = await run(...args)
    t.same([code, stdout], [2, ''], args.join(' '))
    t.match(stderr, message)
  }
})
