import t from 'tap'
import { digestOf } from '../../../../src/oci/digest.ts'
import { createSmallBlobs } from '../../../../src/services/integrity/small-blobs.ts'
import { createTrust } from '../../../../src/services/integrity/trust.ts'
import type { StorageKey } from '../../../../storage/blobs/store.ts'
import { noise } from '../../../helpers/bytes.ts'

interface Stored {
  bytes: Buffer
  version: string
}

/** A store that notes what is loaded from it, and the blobs in it. */
function setUp({ verifyAfter = 1000, limit = 100_000 } = {}) {
  const clock = { now: 0 }
  const stored = new Map<StorageKey, Stored>()
  const loads: StorageKey[] = []
  const blobStore = {
    async load(key: StorageKey) {
      loads.push(key)
      return stored.get(key)
    },
    version: async (key: StorageKey) => stored.get(key)?.version,
  }
  const trust = createTrust({ verifyAfter, now: () => clock.now })
  const put = (name: string, size: number) => {
    const key = name as StorageKey
    const bytes = noise(size, name.charCodeAt(0))
    stored.set(key, { bytes, version: '1' })
    return { digest: digestOf(bytes), size, key }
  }
  return { clock, stored, loads, put, smallBlobs: createSmallBlobs({ blobStore, trust, limit }) }
}

t.test('a blob is loaded once, until its file changes or its check is too old', async (t) => {
  const { clock, stored, loads, put, smallBlobs } = setUp()
  const blob = put('a', 10)
  const content = stored.get(blob.key) as Stored
  for (const times of [1, 1, 1]) {
    t.ok((await smallBlobs.read(blob))?.equals(content.bytes))
    t.equal(loads.length, times)
  }
  content.version = '2'
  for (const times of [2, 2]) {
    t.ok((await smallBlobs.read(blob))?.equals(content.bytes))
    t.equal(loads.length, times)
  }
  clock.now = 1000
  await smallBlobs.read(blob)
  t.equal(loads.length, 3)
})

t.test('a check of 0 loads each time', async (t) => {
  const { loads, put, smallBlobs } = setUp({ verifyAfter: 0 })
  const blob = put('a', 10)
  for (const times of [1, 2, 3]) {
    await smallBlobs.read(blob)
    t.equal(loads.length, times)
  }
})

t.test('a blob that is gone is missed, and one that was spoiled is refused', async (t) => {
  const { stored, put, smallBlobs } = setUp()
  const blob = put('a', 10)
  await smallBlobs.read(blob)
  stored.set(blob.key, { bytes: noise(10, 99), version: '2' })
  await t.rejects(smallBlobs.read(blob), { name: 'WrongContentError' })
  await t.rejects(smallBlobs.read(blob), { name: 'WrongContentError' }, 'and is not kept')
  stored.delete(blob.key)
  t.equal(await smallBlobs.read(blob), undefined)
})

t.test(
  'what was asked for longest ago goes first, and a big one takes the room of many',
  async (t) => {
    const { loads, put, smallBlobs } = setUp({ limit: 6000 })
    const [a, b, c, large] = [put('a', 1000), put('b', 1000), put('c', 1000), put('l', 4900)]
    for (const blob of [a, b, a, c]) await smallBlobs.read(blob)
    t.same(loads, ['a', 'b', 'c'])
    loads.length = 0
    for (const blob of [a, b]) await smallBlobs.read(blob)
    t.same(loads, ['b'])
    loads.length = 0
    for (const blob of [large, large, a]) await smallBlobs.read(blob)
    t.same(loads, ['l', 'a'])
  },
)
