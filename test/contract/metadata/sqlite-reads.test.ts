import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { openDatabaseForReading } from '../../../storage/metadata/sqlite/database.ts'
import { createReads } from '../../../storage/metadata/sqlite/reads.ts'
import { createWriter } from '../../../storage/metadata/sqlite/writer.ts'

function open(t: Test) {
  const db = new Database(join(t.testdir(), 'metadata.db'))
  db.pragma('journal_mode = WAL')
  db.exec('CREATE TABLE numbers (n INTEGER)')
  const reader = openDatabaseForReading(db.name)
  const reads = createReads(reader)
  t.teardown(() => {
    reads.close()
    db.close()
  })
  const insert = db.prepare<[number]>('INSERT INTO numbers (n) VALUES (?)')
  const all = reads.prepareColumn<[], number>('SELECT n FROM numbers ORDER BY n')
  return { db, reader, reads, insert, all }
}

t.test('reads of one turn share a transaction, which ends with the turn', async (t) => {
  const { reader, reads, all } = open(t)
  const row = reads.prepare<[], { n: number }>('SELECT count(*) AS n FROM numbers')
  t.same(all.all(), [])
  t.ok(reader.inTransaction)
  t.same(row.get(), { n: 0 })
  await nextTurn()
  await nextTurn()
  t.notOk(reader.inTransaction)
})

t.test('what was written is read at once, in the same turn too', async (t) => {
  const { db, reads, insert, all } = open(t)
  const write = createWriter(db, undefined, reads.renew)
  for (let n = 1; n <= 20; n++) {
    const before = all.all().length
    t.equal(before, n - 1)
    const written = write(() => insert.run(n))
    all.get()
    await written
    t.equal(all.all().length, n)
  }
})

t.test('what another connection writes is seen in the next turn', async (t) => {
  const { insert, all } = open(t)
  t.same(all.all(), [])
  insert.run(1)
  await nextTurn()
  await nextTurn()
  t.same(all.all(), [1])
})

t.test('and in the same turn by whoever asks for it', (t) => {
  const { insert, reads, all } = open(t)
  t.same(all.all(), [])
  insert.run(1)
  t.same(all.all(), [], 'one turn, one state')
  reads.renew()
  t.same(all.all(), [1])
  t.end()
})

t.test('reads do not keep the journal from being emptied', async (t) => {
  const { db, reads, insert, all } = open(t)
  const write = createWriter(db, undefined, reads.renew)
  for (let n = 1; n <= 5; n++) {
    all.get()
    await write(() => insert.run(n))
    all.get()
    await nextTurn()
    await nextTurn()
  }
  t.match(db.pragma('wal_checkpoint(TRUNCATE)'), [{ busy: 0 }])
})
