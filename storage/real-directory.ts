import { lstat } from 'node:fs/promises'
import { resolve } from 'node:path'

/**
 * A data directory that is a symbolic link could be turned to other content, while the registry runs
 * and by whoever may write beside it. What its path leads through is the administrator's business.
 * @throws Error if the directory itself is a link. One that is not there yet is none.
 */
export async function refuseLink(root: string): Promise<void> {
  const found = await lstat(resolve(root)).catch(() => undefined)
  if (!found?.isSymbolicLink()) return
  throw new Error(
    `the data directory ${root} is a symbolic link; name the directory it leads to, with --root or storage.root`,
  )
}
