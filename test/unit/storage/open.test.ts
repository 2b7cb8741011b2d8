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
