import { OciError } from '../oci/errors.ts'

const codes: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE'])

/** What a client is told when the process or the system can open no further file; else `undefined`. */
export function explainScarceFiles(error: unknown): OciError | undefined {
  if (!(error instanceof Error && 'code' in error && codes.has(error.code))) return undefined
  return new OciError('UNAVAILABLE', {
    message: 'the registry has too many files and connections open; try again later',
  })
}
