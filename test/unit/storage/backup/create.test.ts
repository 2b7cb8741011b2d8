import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createBackup } from '../../../../storage/backup/create.ts'
import { lockDirectory } from '../../../../storage/lock.ts'
import { pushBlob, pushImage } from '../../../helpers/push.ts'
import { startRegistry } from '../../../helpers/registry.ts'
import {
  backUp,
  filesIn,
  inode,
  newDirectory,
  objectOf,
  objectsIn,
  pulls,
  startWorld,
  tamper,
} from './world.ts'

t.test('a backup of a running registry is a data directory with its description', async (t) => {
  const world = await startWorld(t)
  const before = Date.now()
  const report = await backUp(world)
  const backup = world.path('backup')
  t.same(filesIn(backup), ['backup.json', 'blobs', 'lock', 'metadata.db'])
  t.same(await objectsIn(backup), await objectsIn(world.root))
  const expected = {
    version: 1,
    layerhouse: '1.2.3',
    ...{ repositories: 1, tags: 2, manifests: 2, blobs: 4, bytes: 2 * (64 + 512) },
    ...{ linked: 4, copied: 0, kept: 0, missing: 0 },
  }
  const described = JSON.parse(readFileSync(join(backup, 'backup.json'), 'utf8'))
  t.match(described, expected)
  t.ok(Date.parse(described.createdAt) >= before && Date.parse(described.createdAt) <= Date.now())
  t.match(report, { ...expected, version: undefined, missing: [], updated: false, removed: 0 })
  for (const key of await objectsIn(backup)) {
    t.equal(inode(join(backup, 'blobs', key)), inode(join(world.root, 'blobs', key)), 'a hard link')
  }
  const served = await startRegistry(t, { root: backup })
  t.ok(await pulls(served.request, 'v1', world.images[0]))
  t.ok(await pulls(served.request, 'v2', world.images[1]))
})

t.test('a registry that does not run is backed up all the same', async (t) => {
  const world = await startWorld(t)
  await world.registry.stop()
  t.match(await backUp(world), { blobs: 4, linked: 4 })
})

t.test('an earlier backup is brought up to date', async (t) => {
  const world = await startWorld(t)
  const first = await backUp(world)
  const { request } = world.registry
  const [gone] = world.images
  // Content that is pushed again has another object, as if the old one had been collected.
  for (const content of [gone.config, ...gone.layers]) await pushBlob(request, 'team/app', content)
  await pushImage(request, 'team/app', 'v3')
  await request('DELETE', '/v2/team/app/manifests/v1')
  const second = await backUp(world)
  t.match(second, { updated: true, linked: 4, kept: 4, removed: 2, blobs: 6, tags: 2 })
  t.ok(second.createdAt > first.createdAt)
  const backup = world.path('backup')
  t.same(await objectsIn(backup), await objectsIn(world.root))
  t.same(filesIn(backup), ['backup.json', 'blobs', 'lock', 'metadata.db'])
})

t.test('copies share nothing, even where an earlier run made links', async (t) => {
  const world = await startWorld(t)
  await backUp(world)
  t.match(await backUp(world, { copy: true }), { linked: 0, copied: 4, kept: 0 })
  for (const key of await objectsIn(world.path('backup'))) {
    const [ours, theirs] = [world.root, world.path('backup')].map((at) => join(at, 'blobs', key))
    t.not(inode(ours as string), inode(theirs as string))
    t.ok(readFileSync(ours as string).equals(readFileSync(theirs as string)))
  }
  t.match(await backUp(world, { copy: true }), { copied: 0, kept: 4 }, 'and need be made once')
})

t.test('what the registry has lost is told, and the rest is there', async (t) => {
  const world = await startWorld(t)
  const [{ layers, config }] = world.images
  rmSync(await objectOf(world.root, layers[0] as (typeof layers)[0]))
  truncateSync(await objectOf(world.root, config), 10)
  const { missing, linked } = await backUp(world)
  t.same(missing.map(({ digest }) => digest).sort(), [layers[0]?.digest, config.digest].sort())
  t.ok(linked >= 3)
  t.match(JSON.parse(readFileSync(join(world.path('backup'), 'backup.json'), 'utf8')), {
    missing: 2,
    blobs: 4,
  })
})

t.test('what an earlier backup has lost comes back from the registry', async (t) => {
  const world = await startWorld(t)
  await backUp(world, { copy: true })
  const [{ config, layers }] = world.images
  truncateSync(await objectOf(world.path('backup'), config), 10)
  rmSync(await objectOf(world.path('backup'), layers[0] as (typeof layers)[0]))
  t.same((await backUp(world, { copy: true })).missing, [])
  const healed = await objectOf(world.path('backup'), config)
  t.ok(readFileSync(healed).equals(config.bytes))
})

t.test('what a killed run left is in nobody’s way', async (t) => {
  const world = await startWorld(t)
  const backup = world.path('backup')
  mkdirSync(join(backup, '.layerhouse-incoming'), { recursive: true })
  writeFileSync(join(backup, 'lock'), '')
  writeFileSync(join(backup, 'backup.incomplete'), '')
  writeFileSync(join(backup, '.layerhouse-incoming', 'metadata.db'), 'half a file')
  const [key = ''] = await objectsIn(world.root)
  const object = join(backup, 'blobs', key)
  mkdirSync(join(object, '..'), { recursive: true })
  copyFileSync(join(world.root, 'blobs', key), object)
  t.match(await backUp(world), { linked: 3, kept: 1, missing: [] })
  t.same(filesIn(backup), ['backup.json', 'blobs', 'lock', 'metadata.db'])
})

t.test('a WAL that lies beside an earlier copy is not taken for the new one’s', async (t) => {
  const world = await startWorld(t)
  await backUp(world)
  const wal = join(world.path('backup'), 'metadata.db-wal')
  copyFileSync(join(world.root, 'metadata.db-wal'), wal)
  await backUp(world)
  t.same(filesIn(world.path('backup')), ['backup.json', 'blobs', 'lock', 'metadata.db'])
})

t.test('a directory that is no place for a backup is refused and left alone', async (t) => {
  const world = await startWorld(t)
  const foreign = world.path('foreign')
  mkdirSync(foreign)
  writeFileSync(join(foreign, 'letter'), 'precious')
  const broken = world.path('broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'backup.json'), '{"version":')
  const newer = world.path('newer')
  mkdirSync(newer)
  const text = JSON.stringify({ version: 2, schema: 1, layerhouse: '9.0.0' })
  writeFileSync(join(newer, 'backup.json'), text)
  const cases: readonly (readonly [directory: string, message: RegExp])[] = [
    [world.root, /can't lie in the data directory/],
    [join(world.root, 'deep', 'inside'), /can't lie in the data directory/],
    [world.directory, /or around it/],
    [foreign, /foreign holds something else than a backup/],
    [broken, /not written by layerhouse backup/],
    [newer, /newer Layerhouse \(9\.0\.0\)/],
  ]
  for (const [directory, message] of cases) {
    await t.rejects(backUp(world, { directory }), { message }, directory)
  }
  t.same(filesIn(foreign), ['letter'])
  t.notOk(filesIn(world.root).includes('deep'))
})

t.test('two backups to one directory do not mix', async (t) => {
  const world = await startWorld(t)
  await backUp(world)
  const unlock = lockDirectory(world.path('backup'))
  await t.rejects(backUp(world), { message: /another Layerhouse works on .*backup/ })
  unlock()
  await t.resolves(backUp(world))
})

t.test('where there is no registry there is no backup', async (t) => {
  const directory = newDirectory(t)
  const target = join(directory, 'backup')
  const from = (root: string) =>
    createBackup({ root: join(directory, root), directory: target, copy: false, version: '1' })
  await t.rejects(from('nowhere'), { message: /no registry in .*nowhere/ })
  for (const [root, content, message] of [
    ['empty', '', /holds no registry yet/],
    ['garbage', 'this is not a database, and it is long enough', /metadata\.db is damaged: /],
  ] as const) {
    mkdirSync(join(directory, root))
    writeFileSync(join(directory, root, 'metadata.db'), content)
    await t.rejects(from(root), { message })
  }
  t.notOk(filesIn(target).includes('backup.json'))
})

t.test('metadata of a newer Layerhouse is not judged', async (t) => {
  const world = await startWorld(t)
  await world.registry.stop()
  tamper(join(world.root, 'metadata.db'), "INSERT INTO migrations VALUES (999, 'new', 1)")
  await t.rejects(backUp(world), { message: /newer Layerhouse \(schema 999\)/ })
})

t.test('progress tells of every blob and of the metadata', async (t) => {
  const world = await startWorld(t)
  const steps: { what: string; done?: number; total?: number; bytes: number }[] = []
  await backUp(world, { onStep: (step: (typeof steps)[0]) => steps.push(step) })
  const blobs = steps.filter(({ what }) => what === 'blobs')
  t.same(
    blobs.map(({ done, total }) => [done, total]),
    [1, 2, 3, 4].map((done) => [done, 4]),
  )
  t.equal(blobs.at(-1)?.bytes, 2 * (64 + 512))
  t.ok(steps.some(({ what }) => what === 'metadata'))
})
