import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { rebuildMetadata } from '../../../../storage/backup/rebuild.ts'
import { snapshotName } from '../../../../storage/snapshots/names.ts'
import { pushBlob, pushImage } from '../../../helpers/push.ts'
import { startRegistry } from '../../../helpers/registry.ts'
import {
  backUp,
  filesIn,
  newDirectory,
  objectOf,
  objectsIn,
  pulls,
  startWorld,
  tamper,
  type World,
} from './world.ts'

/** Copies the metadata of now as a snapshot of `time`. */
async function takeSnapshot(world: World, time: number): Promise<string> {
  await backUp(world)
  const file = join(world.root, 'snapshots', snapshotName(time))
  mkdirSync(join(world.root, 'snapshots'), { recursive: true })
  copyFileSync(join(world.path('backup'), 'metadata.db'), file)
  return file
}

/** Stops the registry and takes its metadata away. */
async function lose({ registry, root }: World): Promise<void> {
  await registry.stop()
  rmSync(join(root, 'metadata.db'))
}

const rebuild = ({ root }: World, options = {}) =>
  rebuildMetadata({ root, force: false, ...options })

t.test('what the newest snapshot knew comes back, what is newer stays on the disk', async (t) => {
  const world = await startWorld(t)
  await takeSnapshot(world, 1000)
  await pushImage(world.registry.request, 'team/app', 'v3')
  const newest = await takeSnapshot(world, 2000)
  const later = await pushImage(world.registry.request, 'team/app', 'v4')
  await lose(world)
  const objects = await objectsIn(world.root)
  t.match(await rebuild(world), {
    snapshot: newest,
    ...{ repositories: 1, tags: 3, manifests: 3, blobs: 6 },
    ...{ repointed: 0, missing: [], unnamed: 2, replaced: undefined },
  })
  t.same(filesIn(world.root), ['blobs', 'keys', 'lock', 'metadata.db', 'snapshots', 'uploads'])
  const { request } = await startRegistry(t, { root: world.root })
  t.ok(await pulls(request, 'v1', world.images[0]))
  t.notOk(await pulls(request, 'v4', later))
  t.same(await objectsIn(world.root), objects, 'no object is removed')
})

t.test('content that was pushed again is found in its newer object', async (t) => {
  const world = await startWorld(t)
  await takeSnapshot(world, 1000)
  const [{ config, layers }] = world.images
  for (const content of [config, ...layers]) {
    await pushBlob(world.registry.request, 'team/app', content)
  }
  await lose(world)
  t.match(await rebuild(world), { repointed: 2, missing: [], unnamed: 0 })
  const { request } = await startRegistry(t, { root: world.root })
  t.ok(await pulls(request, 'v1', world.images[0]))
})

t.test('an object whose content is not what its name says does not serve', async (t) => {
  const world = await startWorld(t)
  await takeSnapshot(world, 1000)
  const [{ config }] = world.images
  await pushBlob(world.registry.request, 'team/app', config)
  await lose(world)
  writeFileSync(await objectOf(world.root, config), Buffer.alloc(config.size))
  const { repointed, missing } = await rebuild(world)
  t.equal(repointed, 0)
  t.same(
    missing.map(({ digest }) => digest),
    [config.digest],
  )
  const { request } = await startRegistry(t, { root: world.root })
  t.equal((await request('GET', `/v2/team/app/blobs/${config.digest}`)).status, 404)
  await pushBlob(request, 'team/app', config)
  t.ok(await pulls(request, 'v1', world.images[0]), 'pushing it again heals the image')
})

t.test('the trash of the snapshot does not take what a row names', async (t) => {
  const world = await startWorld(t)
  const [{ config }] = world.images
  const old = await objectOf(world.root, config)
  copyFileSync(old, `${old}.kept`)
  await pushBlob(world.registry.request, 'team/app', config)
  const snapshot = await takeSnapshot(world, 1000)
  // At the time of the snapshot the old object was still waiting for its removal; later the new one
  // was lost. So the old one is all there is of this content.
  const key = old.slice(join(world.root, 'blobs/').length)
  tamper(snapshot, `INSERT INTO gc_objects (storage_key, due_at) VALUES ('${key}', 1)`)
  await lose(world)
  rmSync(await objectOf(world.root, config))
  copyFileSync(`${old}.kept`, old)
  t.match(await rebuild(world), { repointed: 1, missing: [] })
  const { request } = await startRegistry(t, { root: world.root })
  t.ok(await pulls(request, 'v1', world.images[0]))
})

t.test('sound metadata is replaced by force alone, damaged metadata is kept aside', async (t) => {
  const world = await startWorld(t)
  await takeSnapshot(world, 1000)
  await t.rejects(rebuild(world), { message: /another Layerhouse works on/ })
  await world.registry.stop()
  const before = readFileSync(join(world.root, 'metadata.db'))
  await t.rejects(rebuild(world), { message: /metadata\.db is sound; .*--force/ })
  t.ok(readFileSync(join(world.root, 'metadata.db')).equals(before))
  const { replaced: sound = '' } = await rebuild(world, { force: true })
  t.match(sound, /^metadata\.db\.replaced-/)

  const file = join(world.root, 'metadata.db')
  const bytes = readFileSync(file)
  bytes.fill(0xff, 4096, 3 * 4096)
  writeFileSync(file, bytes)
  const { replaced = '' } = await rebuild(world)
  t.ok(readFileSync(join(world.root, replaced)).equals(bytes), 'as it was')
  writeFileSync(file, 'this is no database, and long enough to be read as one')
  await t.resolves(rebuild(world))
  const { request } = await startRegistry(t, { root: world.root })
  t.ok(await pulls(request, 'v2', world.images[1]))
})

t.test('a damaged snapshot gives way to the one before, aloud', async (t) => {
  const world = await startWorld(t)
  const older = await takeSnapshot(world, 1000)
  const newer = await takeSnapshot(world, 2000)
  const newest = await takeSnapshot(world, 3000)
  writeFileSync(newer, 'this is no database, and long enough to be read as one')
  tamper(newest, "INSERT INTO migrations VALUES (999, 'new', 1)")
  await lose(world)
  const told: string[] = []
  const report = await rebuild(world, { onUnusable: (reason: string) => told.push(reason) })
  t.equal(report.snapshot, older)
  t.equal(told.length, 2)
  t.match(told[0], /newer Layerhouse \(schema 999\)/)
  t.match(told[1], new RegExp(`${newer} is damaged`))
})

t.test('a named copy is taken, with the WAL beside it', async (t) => {
  const world = await startWorld(t)
  const copy = world.path('copy.db')
  await backUp(world)
  copyFileSync(join(world.path('backup'), 'metadata.db'), copy)
  const writer = new Database(copy)
  t.teardown(() => writer.close())
  writer.exec("DELETE FROM tags WHERE name = 'v2'")
  t.ok(filesIn(world.directory).includes('copy.db-wal'))
  await lose(world)
  t.match(await rebuild(world, { snapshot: copy }), { snapshot: copy, tags: 1, manifests: 2 })
})

t.test('without any copy it is said what can be done', async (t) => {
  const world = await startWorld(t)
  await lose(world)
  const said = { message: /layerhouse restore DIR.*--snapshot DIR\/metadata\.db.*push again/s }
  await t.rejects(rebuild(world), said)
  t.notOk(filesIn(world.root).includes('metadata.db'))
  await t.rejects(rebuild(world, { snapshot: world.path('nowhere') }), { code: 'ENOENT' })
  await t.rejects(rebuildMetadata({ root: join(newDirectory(t), 'nowhere'), force: false }), {
    message: /no data directory .*nowhere/,
  })
})
