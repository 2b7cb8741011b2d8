import type { Config } from '../../config/schema.ts'

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

/** Why the registry could not start, naming the key or flag to change. */
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
      return message
  }
}
