import { copyFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { busyTimeoutMs, openDatabase } from '../../../storage/metadata/sqlite/database.ts'
import { openSqlite } from '../../../storage/metadata/sqlite/open.ts'
import { createWriter, type Write } from '../../../storage/metadata/sqlite/writer.ts'
import { app, digest, push } from './fixtures.ts'
import { temporaryFile } from './sqlite-subject.ts'

/** Holds the write lock like another process. */
function lock(t: Test, file: string): () => void {
  const other = new Database(file)
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  return () => other.exec('ROLLBACK')
}

interface Bench {
  readonly file: string
  readonly write: Write
  readonly insert: () => unknown
  readonly count: () => unknown
}

function bench(t: Test, patience?: number): Bench {
  const file = temporaryFile(t)
  const db = openDatabase(file)
  t.teardown(() => db.close())
  db.pragma(`busy_timeout = ${busyTimeoutMs}`)
  db.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY) STRICT')
  const insert = db.prepare('INSERT INTO rows DEFAULT VALUES')
  const count = db.prepare('SELECT count(*) FROM rows').pluck()
  return {
    file,
    write: createWriter(db, patience),
    insert: () => insert.run(),
    count: () => count.get(),
  }
}

t.test('a write waits for another process without stopping the event loop', async (t) => {
  const file = temporaryFile(t)
  const store = openSqlite({ file })
  t.teardown(() => store.close())
  const release = lock(t, file)
  const pushed = push(store, app, 'layer')
  let longest = 0
  let last = performance.now()
  const heart = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 1)
  await sleep(300)
  t.equal(await store.blobs.find(app, digest('layer')), undefined, 'reads go on meanwhile')
  release()
  await pushed
  clearInterval(heart)
  t.ok(await store.blobs.find(app, digest('layer')))
  t.ok(longest < 250, `the loop stood still for ${longest.toFixed()} ms at most`)
})

t.test('patience ends with the error of SQLite, and the next write works', async (t) => {
  const { file, write, insert, count } = bench(t, 50)
  const release = lock(t, file)
  await t.rejects(write(insert), { code: 'SQLITE_BUSY' })
  t.equal(count(), 0)
  release()
  await write(insert)
  t.equal(count(), 1)
})

t.test('a write has the lock from its beginning: what it reads stays true', async (t) => {
  const { file, write, insert, count } = bench(t)
  const other = new Database(file, { timeout: 0 })
  t.teardown(() => other.close())
  await write(() => {
    t.equal(count(), 0)
    t.throws(() => other.exec('INSERT INTO rows DEFAULT VALUES'), { code: 'SQLITE_BUSY' })
    insert()
  })
  t.equal(count(), 1)
})

t.test('what throws is undone as a whole', async (t) => {
  const { write, insert, count } = bench(t)
  const failing = write(() => {
    insert()
    throw new Error('on purpose')
  })
  await t.rejects(failing, /on purpose/)
  t.equal(count(), 0)
  t.strictSame(await write(() => 'result'), 'result')
})

for (const code of ['SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_DIR_FSYNC']) {
  t.test(`after ${code} nothing is written any more`, async (t) => {
    const { write, insert, count } = bench(t)
    const failure = new Database.SqliteError('disk I/O error', code)
    const failing = write(() => {
      throw failure
    })
    await t.rejects(failing, { code })
    await t.rejects(write(insert), {
      message: /read-only since a disk sync failed/,
      cause: failure,
    })
    t.equal(count(), 0)
  })
}

t.test('after a full disk the next write is tried', async (t) => {
  const { write, insert, count } = bench(t)
  const failing = write(() => {
    throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
  })
  await t.rejects(failing, { code: 'SQLITE_FULL' })
  await write(insert)
  t.equal(count(), 1)
})

t.test('writes that wait together share a commit, and a failing one is undone alone', async (t) => {
  const { file, write, insert, count } = bench(t)
  const other = new Database(file, { readonly: true })
  t.teardown(() => other.close())
  const committed = () => other.prepare('SELECT count(*) FROM rows').pluck().get()
  await write(insert)
  const seen: unknown[] = []
  const look = () => seen.push([count(), committed()])
  const outcomes = await Promise.allSettled([
    write(() => insert() && look()),
    write(() => {
      insert()
      throw new Error('on purpose')
    }),
    write(() => insert() && look()),
  ])
  t.strictSame(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.strictSame(
    seen,
    [
      [2, 1],
      [3, 1],
    ],
    'each sees what was done before, and nobody else does',
  )
  t.equal(committed(), 3)
})

t.test('a work the database fails under takes no other with it', async (t) => {
  const { write, insert, count } = bench(t)
  const full = () => {
    insert()
    throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
  }
  const outcomes = await Promise.allSettled([write(insert), write(full), write(insert)])
  t.strictSame(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.equal(count(), 2)
})

t.test('a failed sync fails all that were to be committed with it', async (t) => {
  const { write, insert, count } = bench(t)
  const failure = new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_FSYNC')
  const failing = () => {
    throw failure
  }
  const outcomes = await Promise.allSettled([write(insert), write(failing), write(insert)])
  for (const outcome of outcomes) t.match(outcome, { status: 'rejected', reason: failure })
  t.equal(count(), 0)
})

t.test('a work that takes long is committed before the next begins', async (t) => {
  const { file, write, insert } = bench(t)
  const other = new Database(file, { readonly: true })
  t.teardown(() => other.close())
  const committed = () => other.prepare('SELECT count(*) FROM rows').pluck().get()
  const slow = () => {
    insert()
    for (const begun = performance.now(); performance.now() - begun < 20; );
  }
  const [, seen] = await Promise.all([write(slow), write(committed)])
  t.equal(seen, 1)
})

/** What a process leaves behind that is killed: a database, and beside it a WAL with `rows` rows. */
function leftBehind(t: Test, rows: number): string {
  const [file, copy] = [temporaryFile(t), temporaryFile(t)]
  const db = openDatabase(file)
  t.teardown(() => db.close())
  db.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY) STRICT')
  for (let row = 0; row < rows; row++) db.exec('INSERT INTO rows DEFAULT VALUES')
  for (const suffix of ['', '-wal']) copyFileSync(file + suffix, copy + suffix)
  return copy
}

t.test(
  'the first write goes to an empty WAL, after all that was left is in its place',
  async (t) => {
    const file = leftBehind(t, 20)
    const before = statSync(`${file}-wal`).size
    const db = openDatabase(file)
    t.teardown(() => db.close())
    const write = createWriter(db)
    await write(() => db.exec('INSERT INTO rows DEFAULT VALUES'))
    const after = statSync(`${file}-wal`).size
    t.ok(after > 0 && after < before / 2, `${before} bytes of WAL before, ${after} after`)
    t.equal(db.prepare('SELECT count(*) FROM rows').pluck().get(), 21)
    await write(() => db.exec('INSERT INTO rows DEFAULT VALUES'))
    t.ok(statSync(`${file}-wal`).size > after, 'the second write is appended')
  },
)

t.test('as long as the old WAL is being read, nothing is written', async (t) => {
  const file = leftBehind(t, 20)
  const db = openDatabase(file)
  t.teardown(() => db.close())
  db.pragma(`busy_timeout = ${busyTimeoutMs}`)
  const reader = new Database(file)
  t.teardown(() => reader.close())
  reader.exec('BEGIN; SELECT count(*) FROM rows')
  const write = createWriter(db, 50)
  const insert = () => db.exec('INSERT INTO rows DEFAULT VALUES')
  await t.rejects(write(insert), { code: 'SQLITE_BUSY' })
  reader.exec('ROLLBACK')
  await write(insert)
  t.equal(db.prepare('SELECT count(*) FROM rows').pluck().get(), 21)
})
