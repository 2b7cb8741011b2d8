import { type ErrorCode, OciError } from '../oci/errors.ts'
import { Interruption } from '../services/interruption.ts'

/** An error on its way to another process. */
export interface SentError {
  readonly message: string
  readonly stack?: string | undefined
  /** Of the system or of SQLite; `src/services/disk-failure.ts` judges by it. */
  readonly code?: string | undefined
  readonly errno?: number | undefined
  readonly cause?: SentError | undefined
  /** Present if it is to be answered in these words. */
  readonly answer?: {
    readonly code: ErrorCode
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly details: readonly unknown[]
    readonly isInterruption: boolean
  }
}

export function packError(error: unknown): SentError {
  if (!(error instanceof Error)) return { message: String(error) }
  const { message, stack, cause } = error
  const code = 'code' in error ? String(error.code) : undefined
  const errno = 'errno' in error ? Number(error.errno) : undefined
  const packed = { message, stack, code, errno, ...(cause ? { cause: packError(cause) } : {}) }
  if (!(error instanceof OciError)) return packed
  const { status, headers, entries } = error
  const details = entries.map(({ detail }) => detail)
  const isInterruption = error instanceof Interruption
  return { ...packed, answer: { code: error.code, status, headers, details, isInterruption } }
}

export function unpackError(sent: SentError): Error {
  const { message, stack, code, errno, cause, answer } = sent
  if (answer) {
    const { code: known, isInterruption, ...options } = answer
    return new (isInterruption ? Interruption : OciError)(known, { ...options, message })
  }
  const error = new Error(message, cause ? { cause: unpackError(cause) } : {})
  if (stack !== undefined) error.stack = stack
  return Object.assign(
    error,
    code === undefined ? {} : { code },
    errno === undefined ? {} : { errno },
  )
}
