import t from 'tap'
import { digestOf } from '../../../../src/oci/digest.ts'
import { parseRepositoryName } from '../../../../src/oci/name.ts'
import { parseTag } from '../../../../src/oci/reference.ts'
import { createBatch } from '../../../../src/services/pulls/batch.ts'

const app = parseRepositoryName('team/app')
const other = parseRepositoryName('team/other')
const digest = digestOf(Buffer.from('m'))

t.test('a full batch goes on counting what it holds, and takes nothing new', async (t) => {
  const batch = createBatch(2)
  batch.tag(app, parseTag('a'), 1)
  batch.manifest(app, digest, 1)
  batch.tag(other, parseTag('a'), 2)
  batch.repository(app, 1, 2)
  batch.tag(app, parseTag('a'), 3)
  t.same(batch.take(10), [
    {
      tags: [{ repository: app, tag: 'a', pulls: 2, lastPulledAt: 3 }],
      manifests: [{ repository: app, digest, pulls: 1, lastPulledAt: 1 }],
      days: [],
    },
  ])
  batch.tag(other, parseTag('a'), 4)
  t.equal(batch.take(10)[0]?.tags.length, 1, 'emptied it has room again')
})

t.test('what is put back adds to what came since; the later time stands', async (t) => {
  const batch = createBatch()
  batch.tag(app, parseTag('a'), 5)
  batch.manifest(app, digest, 5)
  batch.repository(app, 1, 5)
  const taken = batch.take(1)
  t.equal(taken.length, 3)
  t.same(batch.take(1), [])
  batch.tag(app, parseTag('a'), 4)
  batch.manifest(app, digest, 6)
  batch.putBack(taken)
  t.same(batch.take(10), [
    {
      tags: [{ repository: app, tag: 'a', pulls: 2, lastPulledAt: 5 }],
      manifests: [{ repository: app, digest, pulls: 2, lastPulledAt: 6 }],
      days: [{ repository: app, day: 0, pulls: 1, lastPulledAt: 5 }],
    },
  ])
})
