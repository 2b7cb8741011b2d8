import t from 'tap'
import { createHealth } from '../../../src/services/health.ts'

function setUp(failing: { metadata?: boolean; blobs?: boolean } = {}) {
  const probes = { metadata: 0, blobs: 0 }
  const failures: unknown[] = []
  const probe = (name: 'metadata' | 'blobs') => async () => {
    probes[name]++
    if (failing[name]) throw new Error(`/secret/path of ${name}`)
  }
  const health = createHealth({
    metadata: { probe: probe('metadata') },
    blobStore: { probe: probe('blobs') },
    onFailure: (error) => failures.push(error),
  })
  return { health, probes, failures }
}

t.test('ready when both stores are, and asked once for many probes', async (t) => {
  const { health, probes } = setUp()
  const states = await Promise.all(Array.from({ length: 20 }, () => health.check()))
  t.same(states[19], { ready: true })
  t.same(probes, { metadata: 1, blobs: 1 })
})

t.test('not ready when a store fails; the reason names no path', async (t) => {
  for (const name of ['metadata', 'blobs'] as const) {
    const { health, failures } = setUp({ [name]: true })
    const state = await health.check()
    t.match(state, { ready: false, reason: /can't be used/ }, name)
    t.notMatch(JSON.stringify(state), /secret/)
    t.match(failures, [{ message: /secret/ }])
  }
})

t.test('not ready from the moment it stops', async (t) => {
  const { health, probes } = setUp()
  health.drain()
  t.match(await health.check(), { ready: false, reason: /stopping/ })
  t.same(probes, { metadata: 0, blobs: 0 })
})
