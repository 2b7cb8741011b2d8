import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { createFilesystem } from '../../storage/blobs/filesystem/create.ts'
import type { MakeStores } from './stores.ts'

/** The file-system driver in a directory that goes with the test. */
export const makeFilesystem: MakeStores = async (t) => {
  const root = t.testdir()
  return {
    ...(await createFilesystem({ root })),
    reopen: () => createFilesystem({ root }),
    shorten: (key, size) => truncate(join(root, 'blobs', key), size),
    // Three batches of a megabyte, each with a chunk that goes beyond it.
    collects: 3 * (1024 * 1024 + 64 * 1024),
  }
}
