/**
 * The error table of the distribution API (OCI distribution-spec "Error Codes", plus the codes only
 * Docker's API knows). Services throw `OciError`; `src/plugins/errors.ts` writes the answer.
 */

/** Code → HTTP status and the sentence a person sees when nothing more exact is known. */
export const errorTable = {
  BLOB_UNKNOWN: [404, 'blob unknown to this repository'],
  BLOB_UPLOAD_INVALID: [400, 'blob upload invalid'],
  BLOB_UPLOAD_UNKNOWN: [404, 'blob upload unknown; start a new one'],
  DENIED: [403, 'requested access to the resource is denied'],
  DIGEST_INVALID: [400, 'digest invalid'],
  MANIFEST_BLOB_UNKNOWN: [400, 'manifest references content unknown to this repository'],
  MANIFEST_INVALID: [400, 'manifest invalid'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown to this repository'],
  NAME_INVALID: [400, 'invalid repository name'],
  NAME_UNKNOWN: [404, 'repository name not known to this registry'],
  PAGINATION_NUMBER_INVALID: [400, 'invalid number of results requested'],
  RANGE_INVALID: [416, 'requested range not satisfiable'],
  SIZE_INVALID: [400, 'length of the content does not match what was announced'],
  TAG_INVALID: [400, 'invalid tag'],
  TOOMANYREQUESTS: [429, 'too many requests'],
  UNAUTHORIZED: [401, 'authentication required'],
  UNAVAILABLE: [503, 'service unavailable; try again later'],
  UNKNOWN: [500, 'unknown error'],
  UNSUPPORTED: [405, 'the operation is unsupported'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type ErrorCode = keyof typeof errorTable

/** One entry of the `errors` array in an error answer. */
export interface ErrorEntry {
  readonly code: ErrorCode
  readonly message: string
  readonly detail?: unknown
}

export interface OciErrorOptions {
  /** Replaces the table's sentence; says what is wrong and what to do next. */
  readonly message?: string
  /** Machine-readable extra, shown to the client as it is: never a path, SQL or a secret. */
  readonly detail?: unknown
  /** Replaces the table's status, for the few codes that go with more than one. */
  readonly status?: number
  /** Extra response headers, e.g. `Allow` or `Content-Range`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Several entries of one code, e.g. one a missing layer; overrides `message` and `detail`. */
  readonly details?: readonly unknown[]
}

/** The one class of error that reaches a client in words. Anything else is answered as `UNKNOWN`. */
export class OciError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly entries: readonly ErrorEntry[]

  constructor(code: ErrorCode, options: OciErrorOptions = {}) {
    const [status, sentence] = errorTable[code]
    const message = options.message ?? sentence
    // A refusal is an answer: nobody reads where in the code it was given, and to note that is slow.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message)
    Error.stackTraceLimit = stackTraceLimit
    this.name = 'OciError'
    this.code = code
    this.status = options.status ?? status
    this.headers = options.headers ?? {}
    const details = options.details ?? [options.detail]
    this.entries = details.map((detail) =>
      detail === undefined ? { code, message } : { code, message, detail },
    )
  }
}
