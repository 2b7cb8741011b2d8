import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { rebuildMetadata } from '../../../../storage/backup/rebuild.ts'
import { restoreBackup } from '../../../../storage/backup/restore.ts'
import { lockDirectory } from '../../../../storage/lock.ts'
import { pushImage } from '../../../helpers/push.ts'
import { startRegistry } from '../../../helpers/registry.ts'
import {
  backUp,
  filesIn,
  inode,
  objectOf,
  objectsIn,
  pulls,
  startWorld,
  tamper,
  type World,
} from './world.ts'

const whole = ['blobs', 'lock', 'metadata.db', 'uploads']

function restore(world: World, options = {}) {
  const [directory, root] = [world.path('backup'), world.path('restored')]
  return restoreBackup({ directory, root, copy: false, force: false, ...options })
}

t.test('a backup comes back in a new directory, and a registry serves from it', async (t) => {
  const world = await startWorld(t)
  await world.registry.request('POST', '/v2/team/app/blobs/uploads/')
  const { createdAt } = await backUp(world)
  const before = filesIn(world.path('backup'))
  const report = await restore(world)
  t.match(report, { createdAt, repositories: 1, tags: 2, manifests: 2, blobs: 4 })
  t.match(report, { linked: 4, copied: 0, kept: 0, replaced: undefined, missing: [] })
  const root = world.path('restored')
  t.same(filesIn(root), whole)
  t.same(filesIn(world.path('backup')), before, 'the backup is as it was')
  const { request, log } = await startRegistry(t, { root })
  t.ok(await pulls(request, 'v1', world.images[0]))
  t.ok(await pulls(request, 'v2', world.images[1]))
  t.notMatch(JSON.stringify(log), /interrupted run/, 'the upload of that time is not known')
  await t.resolves(pushImage(request, 'team/app', 'v3'))
})

t.test('copies share nothing with the backup', async (t) => {
  const world = await startWorld(t)
  await backUp(world)
  t.match(await restore(world, { copy: true }), { linked: 0, copied: 4 })
  for (const key of await objectsIn(world.path('backup'))) {
    const [from, to] = ['backup', 'restored'].map((at) => inode(join(world.path(at), 'blobs', key)))
    t.not(from, to)
  }
})

t.test('the trash of the time of the backup takes nothing away', async (t) => {
  const world = await startWorld(t)
  await backUp(world)
  const [key = ''] = await objectsIn(world.root)
  // As if the row had named another object then, and this one had been waiting to be removed.
  const sql = `INSERT INTO gc_objects (storage_key, size, due_at) VALUES ('${key}', 1, 1)`
  tamper(join(world.path('backup'), 'metadata.db'), sql)
  await restore(world)
  await startRegistry(t, { root: world.path('restored') })
  t.same(await objectsIn(world.path('restored')), await objectsIn(world.path('backup')))
})

t.test('a restore that was cut off may be run again', async (t) => {
  const world = await startWorld(t)
  await backUp(world)
  const root = world.path('restored')
  const [key = ''] = await objectsIn(world.path('backup'))
  cpSync(join(world.path('backup'), 'blobs', key), join(root, 'blobs', key))
  await t.rejects(restore(world), { message: /restored holds blobs already/ }, 'blobs alone')
  writeFileSync(join(root, 'restore.incomplete'), '')
  mkdirSync(join(root, '.layerhouse-incoming'))
  writeFileSync(join(root, '.layerhouse-incoming', 'metadata.db'), 'half a file')
  await t.rejects(startRegistry(t, { root }), { message: /a restore that was cut off/ })
  t.match(await restore(world), { linked: 3, kept: 1, missing: [] })
  t.same(filesIn(root), whole)
})

t.test('a registry is replaced by force alone, and its metadata is kept', async (t) => {
  const world = await startWorld(t)
  await backUp(world)
  const root = world.path('other')
  const other = await startRegistry(t, { root })
  const image = await pushImage(other.request, 'team/app', 'mine')
  await t.rejects(restore(world, { root, force: true }), { message: /another Layerhouse works on/ })
  // As kill -9 leaves it: the last pushes are in the WAL.
  const killed = world.path('killed')
  cpSync(root, killed, { recursive: true })
  t.ok(filesIn(killed).includes('metadata.db-wal'))
  await other.stop()

  await t.rejects(restore(world, { root: killed }), { message: /killed holds a registry already/ })
  const { replaced = '', linked } = await restore(world, { root: killed, force: true })
  t.match(replaced, /^metadata\.db\.replaced-\d{8}T\d{6}\.\d{3}Z$/)
  t.equal(linked, 4)
  t.same(filesIn(killed), [...whole, 'keys', replaced].sort())
  const now = await startRegistry(t, { root: killed })
  t.ok(await pulls(now.request, 'v1', world.images[0]))
  t.equal((await now.request('GET', '/v2/team/app/manifests/mine')).status, 404)
  await now.stop()
  await rebuildMetadata({ root: killed, snapshot: join(killed, replaced), force: true })
  const back = await startRegistry(t, { root: killed })
  t.ok(await pulls(back.request, 'mine', image), 'the old blobs and all of the old metadata')
})

t.test('what is not whole in the backup is told', async (t) => {
  const world = await startWorld(t)
  await backUp(world, { copy: true })
  const [{ config }, other] = world.images
  rmSync(await objectOf(world.path('backup'), config))
  truncateSync(await objectOf(world.path('backup'), other.config), 3)
  const { missing } = await restore(world)
  t.same(missing.map(({ digest }) => digest).sort(), [config.digest, other.config.digest].sort())
  const { request } = await startRegistry(t, { root: world.path('restored') })
  t.notOk(await pulls(request, 'v1', world.images[0]))
})

t.test('what is no complete backup that this code knows is refused', async (t) => {
  const world = await startWorld(t)
  const backup = world.path('backup')
  await t.rejects(restore(world), { message: /no backup in .*backup/ })
  mkdirSync(backup)
  writeFileSync(join(backup, 'backup.incomplete'), '')
  await t.rejects(restore(world), { message: /was cut off; run "layerhouse backup" again/ })
  await backUp(world)
  const file = join(backup, 'backup.json')
  const description = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...description, schema: 999, layerhouse: '9.0.0' }))
  await t.rejects(restore(world), { message: /newer Layerhouse \(9\.0\.0\)/ })
  writeFileSync(file, JSON.stringify(description))
  truncateSync(join(backup, 'metadata.db'), 9000)
  await t.rejects(restore(world), { message: /backup\/metadata\.db is damaged: / })
  t.notOk(filesIn(world.path('restored')).includes('metadata.db'))
})

t.test('a backup that is just being made is not restored', async (t) => {
  const world = await startWorld(t)
  await backUp(world)
  const unlock = lockDirectory(world.path('backup'))
  t.teardown(unlock)
  await t.rejects(restore(world), { message: /a backup to .* is running/ })
})

t.test('data and backup are two places', async (t) => {
  const world = await startWorld(t)
  await backUp(world)
  const root = join(world.path('backup'), 'data')
  await t.rejects(restore(world, { root }), { message: /can't lie in the data directory/ })
})
