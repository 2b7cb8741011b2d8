import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from '../blobs/filesystem/absence.ts'

function anotherDisk(source: string, root: string): Error {
  return new Error(
    `${source} and ${root} are on different file systems, or different mounts of one, and a file can't be in both; use --copy, which needs the space a second time, or a data directory beside the old one (--root)`,
  )
}

/** Why the file system gives a file no second name, and what helps. */
export function explainLinkError(error: unknown, from: string, to: string): unknown {
  if (hasCode(error, 'EXDEV')) return anotherDisk(from, dirname(to))
  if (hasCode(error, 'EPERM') || hasCode(error, 'EACCES')) {
    return new Error(
      `no right to link ${from}: Linux lets only the owner of a file give it a second name; make the registry's user its owner (chown -R), or use --copy`,
      { cause: error },
    )
  }
  if (hasCode(error, 'EMLINK') || hasCode(error, 'ENOTSUP') || hasCode(error, 'EOPNOTSUPP')) {
    return new Error(`the file system takes no (more) links to ${from}; use --copy`, {
      cause: error,
    })
  }
  return error
}

/**
 * Says so before anything is done, where it can be known: mounts of one file system look alike.
 * @throws Error if what lies in `directory` can't be linked from `root`.
 */
export async function refuseOtherDisk(directory: string, root: string): Promise<void> {
  const [there, here] = await Promise.all([stat(directory), stat(root)])
  if (there.dev !== here.dev) throw anotherDisk(directory, root)
}
