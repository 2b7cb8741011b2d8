import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../../../src/oci/digest.ts'
import { createFilesystem } from '../../../storage/blobs/filesystem/create.ts'
import type { UploadId } from '../../../storage/blobs/store.ts'
import { inChunks, listAll } from '../../helpers/bytes.ts'

/**
 * Run by the tests here under strace: uploads two blobs to the directory it is given, makes the
 * directory `sealed` there once the first is sealed, and prints what came of each step.
 */
const [root] = process.argv.slice(2)
if (root === undefined) throw new Error('which directory?')
const [first, second] = ['1'.repeat(36), '2'.repeat(36)] as [UploadId, UploadId]

async function outcome(step: Promise<unknown>): Promise<string> {
  try {
    await step
    return 'done'
  } catch (error) {
    return (error as Error).message
  }
}

const { blobs, uploads } = await createFilesystem({ root })

async function seal(id: UploadId): Promise<void> {
  const sealed = await uploads.seal(id, digestOf(Buffer.from(id)))
  if (sealed === undefined) throw new Error('another digest')
}

async function upload(id: UploadId): Promise<void> {
  await uploads.create(id)
  await uploads.append(id, 0, inChunks(Buffer.from(id)), 'sha256')
  await seal(id)
}

const steps: Record<string, unknown> = { first: await outcome(upload(first)) }
mkdirSync(join(root, 'sealed'))
steps['again'] = await outcome(seal(first))
steps['second'] = await outcome(upload(second))
steps['probe'] = await outcome(blobs.probe())
steps['keys'] = (await listAll(blobs.list())).length
process.stdout.write(JSON.stringify(steps))
