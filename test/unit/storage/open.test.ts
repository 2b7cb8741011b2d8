import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openStores } from '../../../storage/open.ts'

t.test('a data directory belongs to one server at a time', async (t) => {
  const root = join(t.testdir(), 'data')
  const first = await openStores({ root })
  const begun = performance.now()
  await t.rejects(openStores({ root }), { message: /another Layerhouse works on .*--root/ })
  t.ok(performance.now() - begun < 1000, 'at once')
  t.equal(await first.metadata.repositories.exists('a' as never), false, 'the first one works on')
  await first.close()
  const second = await openStores({ root })
  await second.close()
})

t.test('a directory that could not be opened is free again', async (t) => {
  const root = join(t.testdir(), 'data')
  mkdirSync(root)
  writeFileSync(join(root, 'metadata.db'), 'this is no database, and long enough to be read as one')
  await t.rejects(openStores({ root }))
  writeFileSync(join(root, 'metadata.db'), '')
  await (await openStores({ root })).close()
})

t.test('strangers cannot look into the data directory, and it is tidy', async (t) => {
  const root = join(t.testdir(), 'data')
  const stores = await openStores({ root })
  t.equal(statSync(root).mode & 0o007, 0)
  const database = ['metadata.db', 'metadata.db-shm', 'metadata.db-wal']
  t.same(readdirSync(root).sort(), ['blobs', 'lock', ...database, 'uploads'])
  await stores.close()
  t.same(readdirSync(root).sort(), ['blobs', 'lock', 'metadata.db', 'uploads'])
})

t.test('a data directory that is a symbolic link is refused', async (t) => {
  const directory = t.testdir({ real: {}, link: t.fixture('symlink', 'real') })
  for (const root of ['link', 'link/']) {
    await t.rejects(openStores({ root: `${directory}/${root}` }), /is a symbolic link; name the/)
  }
  t.same(readdirSync(join(directory, 'real')), [])
  await (await openStores({ root: join(directory, 'link', 'inside') })).close()
})

const object = `sha256/ab/${'ab'.repeat(32)}-00000000-0000-4000-8000-000000000000`

t.test('where a registry was, an empty one does not begin in silence', async (t) => {
  const cures = /no metadata\.db: .*layerhouse rebuild.*layerhouse restore DIR/
  const traces: Record<string, (root: string) => void> = {
    blobs(root) {
      mkdirSync(join(root, 'blobs', object, '..'), { recursive: true })
      writeFileSync(join(root, 'blobs', object), 'layer')
    },
    snapshots(root) {
      mkdirSync(join(root, 'snapshots'))
      writeFileSync(join(root, 'snapshots', 'metadata-20260731T120000.000Z.db'), '')
    },
    'a restore that was cut off': (root) => writeFileSync(join(root, 'restore.incomplete'), ''),
  }
  for (const [name, leave] of Object.entries(traces)) {
    const root = join(t.testdir(), 'data')
    mkdirSync(root)
    leave(root)
    const refused = { code: 'METADATA_UNUSABLE', message: new RegExp(`holds ${name}, but`) }
    await t.rejects(openStores({ root }), refused)
    await t.rejects(openStores({ root }), { message: cures })
    t.notOk(readdirSync(root).includes('metadata.db'), 'and none is made')
    writeFileSync(join(root, 'metadata.db'), '')
    await t.rejects(openStores({ root }), refused, 'an empty file is none')
  }
})

t.test('a first start that was killed can be repeated', async (t) => {
  const root = join(t.testdir(), 'data')
  mkdirSync(join(root, 'blobs', 'sha256', 'ab'), { recursive: true })
  mkdirSync(join(root, 'uploads'))
  await t.resolves(openStores({ root }).then((stores) => stores.close()))
  writeFileSync(join(root, 'metadata.db'), '')
  await t.resolves(openStores({ root }).then((stores) => stores.close()))
})

t.test('damaged metadata is told from other failures', async (t) => {
  const root = join(t.testdir(), 'data')
  mkdirSync(root)
  writeFileSync(join(root, 'metadata.db'), 'this is no database, and long enough to be read as one')
  await t.rejects(openStores({ root }), {
    code: 'METADATA_UNUSABLE',
    message: /metadata\.db is damaged \(file is not a database\): .*rebuild.*restore DIR/,
  })
})
