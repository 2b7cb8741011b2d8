import { constants } from 'node:os'
import t from 'tap'
import { humanBytes } from '../../../src/services/human-bytes.ts'
import { createRoom } from '../../../src/services/room.ts'
import type { Space } from '../../../storage/blobs/store.ts'
import { MiB } from '../../helpers/sizes.ts'

const GiB = 1024 * MiB

/** A room whose clock and disk a test sets. */
function setUp(first: Space | undefined, minFree?: number) {
  const world = { now: 0, space: first, asked: 0 }
  const uploadStore = {
    space: async () => {
      world.asked++
      return world.space
    },
  }
  return { world, room: createRoom({ uploadStore, minFree, now: () => world.now }) }
}

/** As the operating system tells it; of a used-up quota Node has the number alone. */
function failWith(code: string): Error {
  const quota = code === 'EDQUOT' ? { errno: -constants.errno.EDQUOT, code: 'unknown' } : {}
  return Object.assign(new Error('/secret/path'), { code, ...quota })
}

/** What is free, of what, with which floor set; and whether an upload may begin. */
const floors = [
  { free: GiB, total: 100 * GiB, admitted: true },
  { free: GiB - 1, total: 100 * GiB, admitted: false },
  { free: 51 * MiB, total: 1020 * MiB, admitted: true },
  { free: 51 * MiB - 1, total: 1020 * MiB, admitted: false },
  { free: 0, total: 0, admitted: true },
  { free: 0, total: 100 * GiB, minFree: 0, admitted: true },
  { free: 5 * GiB - 1, total: 100 * GiB, minFree: 5 * GiB, admitted: false },
  { free: 5 * GiB, total: 100 * GiB, minFree: 5 * GiB, admitted: true },
]

for (const { free, total, minFree, admitted } of floors) {
  const floor = minFree === undefined ? 'as it comes' : `of ${minFree}`
  t.test(`${free} bytes of ${total} with a floor ${floor}`, async (t) => {
    const { room } = setUp({ free, total }, minFree)
    if (admitted) await t.resolves(room.admit())
    else await t.rejects(room.admit(), { code: 'UNAVAILABLE', status: 507 })
  })
}

t.test('the refusal says how much there is and how much it takes', async (t) => {
  const { room } = setUp({ free: 812 * MiB, total: 20 * GiB + 7 })
  await t.rejects(room.admit(), {
    message:
      "the registry's disk has 812 MiB free of 20 GiB, and new uploads need 1 GiB to be left; delete something or enlarge the disk",
  })
  await t.rejects(room.fit(4 * GiB), {
    status: 507,
    message: /812 MiB free of 20 GiB, and this upload brings 4 GiB/,
  })
  await t.resolves(room.fit(812 * MiB))
})

t.test('where there is no limit, nothing is refused', async (t) => {
  const { room } = setUp(undefined, GiB)
  await t.resolves(room.admit())
  await t.resolves(room.fit(Number.MAX_SAFE_INTEGER))
})

t.test('a burst that is admitted costs one measurement a second', async (t) => {
  const { room, world } = setUp({ free: GiB, total: GiB })
  await Promise.all(Array.from({ length: 50 }, () => t.resolves(room.admit())))
  t.equal(world.asked, 1)
  world.now = 999
  await t.resolves(room.admit())
  t.equal(world.asked, 1)
  world.now = 1000
  await t.resolves(room.admit())
  t.equal(world.asked, 2)
})

t.test('what is refused is refused by a new measurement, and a burst shares it', async (t) => {
  const { room, world } = setUp({ free: 0, total: GiB })
  await t.rejects(room.admit())
  t.equal(world.asked, 2)
  await Promise.all(Array.from({ length: 50 }, () => t.rejects(room.fit(1))))
  t.equal(world.asked, 3)
  world.space = { free: GiB, total: GiB }
  await t.resolves(room.admit(), 'room that came back is seen at once')
  t.equal(world.asked, 4)
})

t.test('after a failure of the disk it is measured anew', async (t) => {
  const { room, world } = setUp({ free: 12.9 * MiB, total: GiB })
  await t.resolves(room.fit(1))
  world.space = { free: 0, total: GiB }
  t.match(await room.explain(failWith('ENOSPC')), {
    status: 507,
    message: /no room for this: 0 B of 1 GiB are free/,
  })
  await t.rejects(room.fit(1))
})

/** Code of an error, and what a client is told. */
const words = [
  { code: 'ENOSPC', status: 507, message: /^the registry's disk has no room for this: 40 MiB of/ },
  {
    code: 'ENOSPC',
    freeFiles: 0,
    status: 507,
    message: /no more files: of 1024 only 0 can .*40 MiB/,
  },
  { code: 'ENOSPC', freeFiles: 900, status: 507, message: /has no room for this: 40 MiB of/ },
  { code: 'SQLITE_FULL', status: 507, message: /has no room for this: 40 MiB of/ },
  { code: 'EDQUOT', status: 507, message: /quota .* used up \(the disk itself has 40 MiB free\)/ },
  { code: 'EROFS', status: 503, message: /disk is read-only: content can be pulled/ },
  { code: 'EIO', status: 503, message: /disk reports errors: .* check the disk, then restart/ },
  { code: 'SQLITE_IOERR_WRITE', status: 503, message: /disk reports errors/ },
  { code: 'EMFILE', status: 503, message: /too many files open/, headers: { 'retry-after': '1' } },
]

t.test('each failure is told in words that name no path', async (t) => {
  for (const { code, freeFiles, ...expected } of words) {
    const files = freeFiles === undefined ? {} : { freeFiles, files: 1024 }
    const { room } = setUp({ free: 40 * MiB, total: 48 * MiB, ...files })
    const answer = await room.explain(failWith(code))
    t.match(answer, { code: 'UNAVAILABLE', ...expected }, code)
    t.notMatch(JSON.stringify(answer?.entries), /secret/)
  }
  const { room } = setUp({ free: 0, total: 0 })
  t.equal(await room.explain(failWith('ENOENT')), undefined)
})

t.test('a disk that cannot even be measured is told of without numbers', async (t) => {
  const space = async () => Promise.reject(failWith('EIO'))
  const room = createRoom({ uploadStore: { space } })
  const expected = { status: 507, message: /disk is full; free some space/ }
  t.match(await room.explain(failWith('ENOSPC')), expected)
  t.match(await room.explain(failWith('EDQUOT')), {
    message: /quota on its disk is used up; raise/,
  })
  await t.rejects(room.admit(), { code: 'EIO' })
})

t.test('bytes are written for people', async (t) => {
  const written = {
    0: '0 B',
    1023: '1023 B',
    1024: '1 KiB',
    1587: '1.5 KiB',
    [10.99 * MiB]: '10 MiB',
    [GiB - 1]: '1023 MiB',
    [20 * GiB]: '20 GiB',
    [5000 * 1024 * 1024 * GiB]: '5000 PiB',
  }
  for (const [bytes, text] of Object.entries(written)) t.equal(humanBytes(Number(bytes)), text)
})
