import t from 'tap'
import { createTrust } from '../../../../src/services/integrity/trust.ts'
import type { StorageKey } from '../../../../storage/blobs/store.ts'

const [a, b, c] = ['a', 'b', 'c'] as unknown as readonly [StorageKey, StorageKey, StorageKey]

function setUp(verifyAfter: number, limit = 10) {
  const clock = { now: 0 }
  return { clock, trust: createTrust({ verifyAfter, limit, now: () => clock.now }) }
}

t.test('a check counts for its time and its version', async (t) => {
  const { clock, trust } = setUp(1000)
  trust.add(a, '1')
  clock.now = 999
  t.ok(trust.has(a, '1'))
  t.notOk(trust.has(a, '2'), 'another version')
  t.notOk(trust.has(b, '1'), 'another object')
  clock.now = 1000
  t.notOk(trust.has(a, '1'), 'too long ago')
})

t.test('with a time of 0 no check counts', async (t) => {
  const { trust } = setUp(0)
  trust.add(a, '1')
  t.notOk(trust.has(a, '1'))
})

t.test('what was checked longest ago is forgotten first', async (t) => {
  const { trust } = setUp(1000, 2)
  for (const key of [a, b, a, c]) trust.add(key, '1')
  t.same(
    [a, b, c].map((key) => trust.has(key, '1')),
    [true, false, true],
  )
})
