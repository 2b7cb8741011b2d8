import t from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import { fromColumn, toColumn } from '../../../storage/metadata/sqlite/digest-column.ts'

const short = digestOf(Buffer.from('x'))
const long = digestOf(Buffer.from('x'), 'sha512')

t.test('a digest goes into a column and comes back', async (t) => {
  for (const [digest, length] of [
    [short, 33],
    [long, 65],
  ] as const) {
    t.equal(toColumn(digest).length, length)
    t.equal(fromColumn(toColumn(digest)), digest)
  }
})

t.test('columns have the order of the texts', async (t) => {
  const digests = [...Array.from({ length: 50 }, (_, i) => digestOf(Buffer.from(`${i}`))), long]
  const byColumn = digests.map(toColumn).sort(Buffer.compare).map(fromColumn)
  t.strictSame(byColumn, [...digests].sort())
})

t.test('a damaged column is an error, never another digest', async (t) => {
  const damaged = [
    Buffer.alloc(0),
    Buffer.alloc(33),
    Buffer.alloc(33, 3),
    toColumn(short).subarray(0, 32),
    toColumn(long).subarray(0, 33),
    Buffer.concat([toColumn(short), Buffer.alloc(32)]),
  ]
  for (const column of damaged) t.throws(() => fromColumn(column), /damaged digest/)
})
