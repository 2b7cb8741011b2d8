import { Problem } from '../problem.ts'

/** An archive that can't be imported, and why. */
export function refuse(reason: string, params: Readonly<Record<string, unknown>> = {}): Problem {
  return new Problem('ARCHIVE_INVALID', {
    message: `the archive can't be imported: ${reason}`,
    params,
  })
}

/** Text out of an archive, as it can be shown: short, and without what would move a terminal. */
export function show(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)
}
