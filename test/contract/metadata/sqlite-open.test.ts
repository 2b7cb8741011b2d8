import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { configure, openDatabase } from '../../../storage/metadata/sqlite/database.ts'
import { migrate } from '../../../storage/metadata/sqlite/migrate.ts'
import { migrations } from '../../../storage/metadata/sqlite/migrations/all.ts'
import { openSqlite } from '../../../storage/metadata/sqlite/open.ts'
import { app, digest, manifest, push, required, tag } from './fixtures.ts'
import { temporaryFile } from './sqlite-subject.ts'

/** A second connection, as an administrator or a backup has it. */
function connect(t: Test, file: string): Database.Database {
  const db = new Database(file)
  t.teardown(() => db.close())
  return db
}

function open(t: Test, file: string): ReturnType<typeof openSqlite> {
  const store = openSqlite({ file, now: () => 42 })
  t.teardown(() => store.close())
  return store
}

t.test('a connection has the settings that durability rests on', async (t) => {
  const db = openDatabase(temporaryFile(t))
  t.teardown(() => db.close())
  const expected = {
    journal_mode: 'wal',
    synchronous: 2,
    foreign_keys: 1,
    trusted_schema: 0,
    cell_size_check: 1,
    temp_store: 2,
    wal_autocheckpoint: 4096,
    journal_size_limit: 64 * 1024 * 1024,
  }
  for (const [pragma, value] of Object.entries(expected)) {
    t.equal(db.pragma(pragma, { simple: true }), value, pragma)
  }
})

t.test('a database that can not have a WAL is refused', async (t) => {
  const db = new Database(':memory:')
  t.teardown(() => db.close())
  t.throws(() => configure(db), /journal_mode = wal.*stays at memory/)
})

t.test('a setting that does not stick is refused', async (t) => {
  const db = openDatabase(temporaryFile(t))
  t.teardown(() => db.close())
  db.exec('BEGIN')
  t.throws(() => configure(db), 'inside of a transaction SQLite ignores both')
  db.exec('ROLLBACK')
  t.doesNotThrow(() => configure(db))
})

t.test('only the owner writes the files, and only its group reads them', async (t) => {
  const file = temporaryFile(t)
  const store = open(t, file)
  await push(store, app, 'layer')
  for (const each of [file, `${file}-wal`, `${file}-shm`]) {
    t.equal(statSync(each).mode & 0o777, 0o640 & ~process.umask(), each)
  }
  chmodSync(file, 0o600)
  await store.close()
  open(t, file)
  t.equal(statSync(file).mode & 0o777, 0o600, 'what an administrator chose stays')
})

t.test('closing leaves everything in the one file', async (t) => {
  const file = temporaryFile(t)
  const store = open(t, file)
  await push(store, app, 'layer')
  t.ok(statSync(`${file}-wal`).size > 0)
  await store.close()
  t.notOk(existsSync(`${file}-wal`))
  const copy = `${file}-copy`
  writeFileSync(copy, readFileSync(file))
  t.ok(await open(t, copy).blobs.find(app, digest('layer')))
})

t.test('what is no database, or has no directory, is refused', async (t) => {
  const file = join(
    t.testdir({ 'metadata.db': 'not a database, but long enough to look at' }),
    'metadata.db',
  )
  t.throws(() => openSqlite({ file }), /not a database/)
  t.equal(readFileSync(file, 'utf8'), 'not a database, but long enough to look at')
  t.throws(() => openSqlite({ file: join(t.testdir(), 'no', 'such', 'dir.db') }), {
    code: 'ENOENT',
  })
})

t.test('each migration is recorded once, with its name and time', async (t) => {
  const file = temporaryFile(t)
  await open(t, file).close()
  const later = openSqlite({ file, now: () => 43 })
  t.teardown(() => later.close())
  const recorded = connect(t, file).prepare('SELECT * FROM migrations ORDER BY number').all()
  const expected = migrations.map(({ number, name }) => ({ number, name, applied_at: 42 }))
  t.strictSame(recorded, expected)
  t.strictSame(
    migrations.map((migration) => migration.number),
    migrations.map((_, i) => i + 1),
  )
})

t.test('a database newer than the code is refused in words, and left alone', async (t) => {
  const file = temporaryFile(t)
  await open(t, file).close()
  const db = connect(t, file)
  db.exec("INSERT INTO migrations VALUES (999, 'of the future', 1)")
  db.pragma('wal_checkpoint(TRUNCATE)')
  const before = readFileSync(file)
  t.throws(
    () => openSqlite({ file }),
    /newer Layerhouse \(schema 999, this one knows \d+\).*backup/,
  )
  t.ok(readFileSync(file).equals(before))
})

t.test('a database of another descent is refused', async (t) => {
  const file = temporaryFile(t)
  await open(t, file).close()
  connect(t, file).exec("UPDATE migrations SET name = 'other tables' WHERE number = 1")
  t.throws(() => openSqlite({ file }), /another schema 1 \("other tables"\)/)
})

t.test('a migration that fails leaves nothing of itself', async (t) => {
  const db = openDatabase(temporaryFile(t))
  t.teardown(() => db.close())
  const first = { number: 1, name: 'one', sql: 'CREATE TABLE one (id INTEGER PRIMARY KEY) STRICT' }
  const broken = { number: 2, name: 'two', sql: 'CREATE TABLE two (id INTEGER) STRICT; NONSENSE' }
  t.throws(() => migrate(db, () => 1, [first, broken]), /syntax error/)
  const tables = () =>
    db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migrations'")
      .pluck()
      .all()
  t.strictSame(tables(), ['one'])
  migrate(db, () => 2, [first, { ...broken, sql: 'CREATE TABLE two (id INTEGER) STRICT' }])
  t.strictSame(tables(), ['one', 'two'])
  t.strictSame(db.prepare('SELECT number, applied_at FROM migrations').raw().all(), [
    [1, 1],
    [2, 2],
  ])
})

t.test('every table is STRICT and refuses a text where a number belongs', async (t) => {
  const file = temporaryFile(t)
  open(t, file)
  const db = connect(t, file)
  const tables = (db.pragma('table_list') as { name: string; strict: number }[]).filter(
    ({ name }) => !name.startsWith('sqlite_'),
  )
  t.ok(tables.length > 15)
  for (const { name, strict } of tables) t.equal(strict, 1, name)
  t.throws(() => db.exec("INSERT INTO heartbeat VALUES (1, 'noon')"), /cannot store TEXT/)
})

t.test('every foreign key has an index to look its children up', async (t) => {
  const file = temporaryFile(t)
  open(t, file)
  const db = connect(t, file)
  const keys = db
    .prepare<[], { child: string; column: string }>(
      `SELECT t.name AS child, f."from" AS column FROM pragma_table_list t
       JOIN pragma_foreign_key_list(t.name) f WHERE t.schema = 'main'`,
    )
    .all()
  t.ok(keys.length > 10)
  for (const { child, column } of keys) {
    const plan = db.prepare(`EXPLAIN QUERY PLAN SELECT 1 FROM ${child} WHERE ${column} = 1`).all()
    t.match(plan, [{ detail: /^SEARCH / }], `${child}.${column}`)
  }
})

t.test('a blob in use can not be deleted, whoever tries', async (t) => {
  const file = temporaryFile(t)
  const store = open(t, file)
  await push(store, app, 'layer')
  await store.manifests.put(app, manifest('m', { blobs: required('layer') }), [tag('v1')])
  const db = connect(t, file)
  db.pragma('foreign_keys = ON')
  t.throws(() => db.exec('DELETE FROM blobs'), /FOREIGN KEY/)
  await store.manifests.delete(app, digest('m'))
  t.throws(() => db.exec('DELETE FROM blobs'), /FOREIGN KEY/, 'it may come back')
  db.exec('DELETE FROM manifests')
  t.doesNotThrow(() => db.exec('DELETE FROM blobs'))
  t.equal(await store.blobs.find(app, digest('layer')), undefined, 'and its rights go with it')
})

t.test('a probe writes', async (t) => {
  const file = temporaryFile(t)
  const store = open(t, file)
  await store.probe()
  await store.probe()
  t.strictSame(connect(t, file).prepare('SELECT at FROM heartbeat').pluck().all(), [42])
})

t.test('after all kinds of writes the database passes the checks of SQLite', async (t) => {
  const file = temporaryFile(t)
  const store = open(t, file)
  await push(store, app, 'config', 'layer')
  const image = manifest('m', { blobs: required('config', 'layer') })
  await store.manifests.put(app, image, [tag('v1'), tag('v2')])
  await store.manifests.put(app, manifest('i', { children: required('m') }), [tag('v1')])
  await store.manifests.delete(app, image.digest)
  await store.close()
  const db = connect(t, file)
  t.strictSame(db.pragma('integrity_check', { simple: true }), 'ok')
  t.strictSame(db.pragma('foreign_key_check'), [])
  t.strictSame(db.prepare('SELECT listed FROM repositories').pluck().all(), [1])
})
