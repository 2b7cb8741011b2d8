import t from 'tap'
import { digestOf } from '../../../src/oci/digest.ts'
import { parseRepositoryName } from '../../../src/oci/name.ts'
import { createBlobs } from '../../../src/services/blobs.ts'
import type { StorageKey } from '../../../storage/blobs/store.ts'
import type { BlobRecord, BlobTable } from '../../../storage/metadata/store.ts'
import { collect, inChunks } from '../../helpers/bytes.ts'

const repository = parseRepositoryName('team/app')
const content = Buffer.from('content')
const digest = digestOf(content)
const recordOf = (version: number) => ({
  digest,
  size: content.length,
  key: `version ${version}` as StorageKey,
})

/** A blob that is pushed again, and its old object removed, `pushes` times between look and open. */
function createPushedBlob(pushes: number, exists = true) {
  let version = 0
  // What a turn of the event loop has read, it reads again.
  let seen = 0
  const unused = async () => undefined
  const table: BlobTable = {
    anywhere: async () => undefined,
    find: async () => recordOf(seen),
    commit: unused,
    lease: unused,
    mount: unused,
    unlink: async () => false,
  }
  const reads = {
    async open({ key }: BlobRecord) {
      if (version < pushes) version += 1
      return exists && key === recordOf(version).key ? inChunks(content) : undefined
    },
  }
  const renew = () => {
    seen = version
  }
  return createBlobs({ metadata: { blobs: table, renew }, reads })
}

t.test('a blob is opened however often it is pushed again meanwhile', async (t) => {
  for (const pushes of [0, 1, 2, 10]) {
    const blobs = createPushedBlob(pushes)
    const bytes = await blobs.open(repository, await blobs.find(repository, digest))
    t.strictSame(
      Buffer.isBuffer(bytes) ? bytes : await collect(bytes),
      content,
      `pushed ${pushes} times`,
    )
  }
})

t.test('a blob whose object is lost is unknown', async (t) => {
  for (const pushes of [0, 2]) {
    const blobs = createPushedBlob(pushes, false)
    const opened = blobs.find(repository, digest).then((blob) => blobs.open(repository, blob))
    await t.rejects(opened, { code: 'BLOB_UNKNOWN' })
  }
})
