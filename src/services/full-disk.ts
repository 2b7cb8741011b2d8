/** What the operating system and SQLite call a disk or quota with no room left. */
const codes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL'])

/** Whether an error says that a disk is full, which ends by itself when somebody makes room. */
export function isFullDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && codes.has(error.code)
}
