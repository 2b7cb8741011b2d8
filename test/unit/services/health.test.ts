import t from 'tap'
import { createHealth } from '../../../src/services/health.ts'
import { createRoom } from '../../../src/services/room.ts'

/** `failing`: the probe that fails → the code of its error. */
function setUp(failing: { metadata?: string; blobs?: string } = {}) {
  const probes = { metadata: 0, blobs: 0 }
  const failures: unknown[] = []
  const state = { stopping: false }
  const probe = (name: 'metadata' | 'blobs') => async () => {
    probes[name]++
    const code = failing[name]
    if (code) throw Object.assign(new Error(`/secret/path of ${name}`), { code })
  }
  const space = async () => ({ free: 0, total: 1024 })
  const health = createHealth({
    metadata: { probe: probe('metadata') },
    blobStore: { probe: probe('blobs') },
    room: createRoom({ uploadStore: { space } }),
    isStopping: () => state.stopping,
    onFailure: (error) => failures.push(error),
  })
  return { health, probes, failures, state }
}

t.test('ready when both stores are, and asked once for many probes', async (t) => {
  const { health, probes } = setUp()
  const states = await Promise.all(Array.from({ length: 20 }, () => health.check()))
  t.same(states[19], { ready: true })
  t.same(probes, { metadata: 1, blobs: 1 })
})

t.test('not ready when a store fails; the reason names no path', async (t) => {
  for (const name of ['metadata', 'blobs'] as const) {
    const { health, failures } = setUp({ [name]: 'ENOENT' })
    const state = await health.check()
    t.match(state, { ready: false, reason: /can't be used/ }, name)
    t.notMatch(JSON.stringify(state), /secret/)
    t.match(failures, [{ message: /secret/ }])
  }
})

const reasons = {
  SQLITE_FULL: /no room for this: 0 B of 1 KiB are free/,
  EROFS: /disk is read-only/,
  EIO: /disk reports errors/,
}

for (const [code, reason] of Object.entries(reasons)) {
  t.test(`${code} is told as a client is told`, async (t) => {
    t.match(await setUp({ metadata: code }).health.check(), { ready: false, reason })
    t.match(await setUp({ blobs: code }).health.check(), { ready: false, reason })
  })
}

t.test('not ready from the moment it stops', async (t) => {
  const { health, probes, state } = setUp()
  state.stopping = true
  t.match(await health.check(), { ready: false, reason: /stopping/ })
  t.same(probes, { metadata: 0, blobs: 0 })
})
