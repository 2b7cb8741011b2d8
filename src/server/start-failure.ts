import type { Config } from '../../config/schema.ts'
import { diskFailureOf, isFullDisk } from '../services/disk-failure.ts'

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** SQLite fails in its own words where it needs 32 KiB for the file that its readers share. */
const noRoomForShared = 'SQLITE_IOERR_SHMSIZE'

function explainDisk(error: unknown, root: string, message: string): string | undefined {
  if (isFullDisk(error) || codeOf(error) === noRoomForShared) {
    return `the disk of the data directory ${root} is full: ${message}; free some space there, then start again`
  }
  if (diskFailureOf(error) !== 'failing') return undefined
  return `the disk of the data directory ${root} reports errors: ${message}; check it, then start again`
}

/** Why the registry could not start, or not end well, naming the key or flag to change. */
export function explainStartFailure(error: unknown, { http, storage }: Config): string {
  const message = error instanceof Error ? error.message : String(error)
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `port ${http.port} on ${http.host} is taken by another process; stop that one, or choose another with --port or http.port`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${http.host} is no address of this machine; choose another with --host or http.host`
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_READONLY':
      return `no right to use port ${http.port} or to write to the data directory ${storage.root} (--root or storage.root): ${message}`
    default:
      return explainDisk(error, storage.root, message) ?? message
  }
}
