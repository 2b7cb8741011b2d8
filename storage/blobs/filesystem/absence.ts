/** True for an error of the operating system with this code, e.g. `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** What a call on a file gives, or `undefined` if the file is not there. */
export async function unlessAbsent<Result>(call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}
