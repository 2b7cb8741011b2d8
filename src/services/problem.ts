/**
 * What goes wrong with requests to /api/v1 beyond what the distribution API has codes for: its status
 * and a sentence. Clients switch on the code; see `docs/reference/management-api.md`.
 */
export const problemTable = {
  ARCHIVE_INVALID: [422, "the archive can't be imported"],
  BODY_TOO_LARGE: [413, 'the body is too long'],
  CONFLICT: [409, 'that cannot be done in the present state'],
  CROSS_SITE: [403, 'another web site may not change anything here'],
  INVALID_BODY: [400, 'the body is not what is wanted here'],
  INVALID_CURSOR: [400, 'the cursor is not one that this list gave out'],
  INVALID_PARAMETER: [400, 'a parameter is not what is wanted here'],
  INVALID_REQUEST: [400, 'the request is malformed'],
  METHOD_NOT_ALLOWED: [405, 'the method is not supported here'],
  NOT_FOUND: [404, 'there is nothing at this path'],
  PRECONDITION_FAILED: [412, 'it has changed in the meantime'],
  PRECONDITION_REQUIRED: [428, 'an If-Match header is wanted here'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'the body must be JSON'],
  WRONG_PASSWORD: [403, 'the name or the password is wrong'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type ProblemCode = keyof typeof problemTable

export interface ProblemOptions {
  /** Replaces the table's sentence; says what is wrong and what would be right. */
  readonly message?: string
  /** For machines, and shown to the client as it is: never a path, SQL or a secret. */
  readonly params?: Readonly<Record<string, unknown>>
  /** Extra response headers, e.g. `Allow`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A refusal that reaches a client of /api/v1 in words, beside `OciError`. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly params: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    const [status, sentence] = problemTable[code]
    super(options.message ?? sentence)
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.params = options.params ?? {}
    this.headers = options.headers ?? {}
  }
}
