import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import type { BlobObject } from '../metadata/sqlite/contents.ts'
import { inSlices } from './slices.ts'

const width = 64

/** Those of `rows` whose object is not below `blobs`, or has another size. */
export async function findUnfit(
  blobs: string,
  rows: readonly BlobObject[],
): Promise<readonly BlobObject[]> {
  const sizes = await inSlices(rows, width, async ({ key }) => {
    const found = await unlessAbsent(stat(join(blobs, key)))
    return found?.isFile() ? found.size : undefined
  })
  return rows.filter(({ size }, i) => sizes[i] !== size)
}
