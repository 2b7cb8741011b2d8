import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import { createFilesystem } from '../../../storage/blobs/filesystem/create.ts'
import type { Sharing } from '../../../storage/blobs/sharing.ts'
import { inChunks } from '../../helpers/bytes.ts'
import { newUpload, newUploadId } from '../../helpers/stores.ts'

const content = randomBytes(3_000_000)
const digest = digestOf(content)
const hex = digest.slice('sha256:'.length)

/** Two processes that share a directory; each asks the other for hashes. */
async function openTwo(t: Test) {
  const root = t.testdir()
  const asked: unknown[] = []
  const sharing: Sharing = {
    takeHash: async (id, algorithm, size) => {
      asked.push([id, algorithm, size])
      return first.takeHash(id, algorithm, size)
    },
    onUnsound: () => {},
  }
  const first = await createFilesystem({ root })
  const second = await createFilesystem({ root, sharing })
  return { root, first, second, asked }
}

t.test(
  'an upload that came through one process is sealed by another without reading it',
  async (t) => {
    const { root, first, second, asked } = await openTwo(t)
    const id = await newUpload(first)
    await first.uploads.append(id, 0, inChunks(content), 'sha256')
    // Would be found if the file was read: only its length is as it was.
    writeFileSync(join(root, 'uploads', id), Buffer.alloc(content.length))
    t.match(await second.uploads.seal(id, digest), { size: content.length })
    t.same(asked, [[id, 'sha256', content.length]])
    t.equal(await first.takeHash(id, 'sha256', content.length), undefined, 'it is given away')
  },
)

t.test('what nobody carried a hash of is read', async (t) => {
  const { first, second } = await openTwo(t)
  const id = await newUpload(first)
  await first.uploads.append(id, 0, inChunks(content), 'sha512')
  t.match(await second.uploads.seal(id, digest), { size: content.length })
})

t.test('a hash is given for exactly what is asked', async (t) => {
  const { first } = await openTwo(t)
  t.equal(await first.takeHash(newUploadId(), 'sha256', 0), undefined)
  for (const [algorithm, size, expected] of [
    ['sha256', content.length - 1, undefined],
    ['sha512', content.length, undefined],
    ['sha256', content.length, hex],
  ] as const) {
    const id = await newUpload(first)
    await first.uploads.append(id, 0, inChunks(content), 'sha256')
    t.equal(await first.takeHash(id, algorithm, size), expected)
  }
})

t.test('bytes lost in one process are trusted by none', async (t) => {
  const { second } = await openTwo(t)
  second.distrust('the disk lost bytes')
  await t.rejects(second.uploads.create(newUploadId()), {
    message: 'the disk lost bytes',
    code: 'EIO',
  })
  await t.rejects(second.blobs.probe(), { message: 'the disk lost bytes' })
})
