import { constants } from 'node:os'

/**
 * What can be wrong with the disk, as far as it matters to whoever waits for an answer:
 *
 * - `full`: no room for bytes, or for files; `quota`: no more is allowed to this user. Both end by
 *   themselves when somebody makes room.
 * - `read-only`: reading goes on; writing once it is mounted anew.
 * - `failing`: it reports errors. What was written last can't be trusted.
 * - `too-many-files`: not the disk but this process has its hands full, for a moment.
 */
export type DiskFailure = 'full' | 'quota' | 'read-only' | 'failing' | 'too-many-files'

/** What the operating system and SQLite call it; SQLite has longer names below each of its own. */
const failures: Readonly<Record<string, DiskFailure>> = {
  ENOSPC: 'full',
  SQLITE_FULL: 'full',
  EROFS: 'read-only',
  SQLITE_READONLY: 'read-only',
  EIO: 'failing',
  SQLITE_IOERR: 'failing',
  EMFILE: 'too-many-files',
  ENFILE: 'too-many-files',
}

function failureByCode(code: unknown): DiskFailure | undefined {
  if (typeof code !== 'string') return undefined
  const [general = ''] = /^SQLITE_[A-Z]+/.exec(code) ?? [code]
  return Object.hasOwn(failures, general) ? failures[general] : undefined
}

/** Node has no name for a used-up quota, but passes on its number. */
function isQuota(error: Error): boolean {
  return 'errno' in error && error.errno === -constants.errno.EDQUOT
}

/** Which failure of the disk an error tells of, itself or through its causes; else `undefined`. */
export function diskFailureOf(error: unknown): DiskFailure | undefined {
  if (!(error instanceof Error)) return undefined
  if (isQuota(error)) return 'quota'
  const own = 'code' in error ? failureByCode(error.code) : undefined
  return own ?? diskFailureOf(error.cause)
}

/** No room, which ends by itself when somebody makes some; nothing of what failed was written. */
export function isFullDisk(error: unknown): boolean {
  const failure = diskFailureOf(error)
  return failure === 'full' || failure === 'quota'
}
