import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The digests of all blobs whose bytes are on the disk, sorted; twice if there are two files. */
export async function storedDigests(root: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'blobs'), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => {
      const algorithm = parentPath.slice(root.length).split('/')[2]
      return `${algorithm}:${name.split('-')[0]}`
    })
    .sort()
}
