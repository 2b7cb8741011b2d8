import { sha256 } from '../../helpers/e2e/digest.ts'
import type { Specification } from './checker.ts'
import type { History, Operation } from './operation.ts'

/** A `Content-Range`: inclusive positions, or a text that is none. */
export type ChunkRange = { readonly start: number; readonly end: number } | 'malformed'

export type UploadRequest =
  | { readonly kind: 'get' }
  | { readonly kind: 'delete' }
  /** Any request for the upload's id in another repository. */
  | {
      readonly kind: 'foreign'
      readonly method: string
      readonly digest?: string
      readonly body: Buffer
    }
  | {
      readonly kind: 'patch'
      readonly range?: ChunkRange
      readonly body: Buffer
      /** Bytes sent before the client broke off; all of the body when absent. */
      readonly sent?: number
    }
  | {
      readonly kind: 'put'
      /** Empty: the parameter is missing. */
      readonly digest: string
      readonly range?: ChunkRange
      readonly body: Buffer
      readonly sent?: number
    }

export interface UploadAnswer {
  readonly status: number
  /** Of an error. */
  readonly code?: string
  /** The second number of the `Range` header. */
  readonly last?: number
}

export type UploadState =
  | { readonly kind: 'open'; readonly content: Buffer; readonly digest: string }
  | { readonly kind: 'finished' | 'cancelled' }

type UploadOperation = Operation<UploadRequest, UploadAnswer>
export type UploadWrite = Extract<UploadRequest, { readonly kind: 'patch' | 'put' }>

/** One legal answer and the state after it. `size`: what `Range` tells, or the limits of it. */
interface Outcome {
  readonly status: number
  readonly code?: string
  readonly size?: readonly [least: number, most: number]
  readonly after: UploadState
}

export function openWith(content: Buffer): UploadState {
  return { kind: 'open', content, digest: sha256(content) }
}

const finished: UploadState = { kind: 'finished' }
const cancelled: UploadState = { kind: 'cancelled' }

function isWrite(request: UploadRequest): request is UploadWrite {
  return request.kind === 'patch' || request.kind === 'put'
}

/** What may be answered before the upload is looked at. */
function refusedUnseen(request: UploadRequest, after: UploadState): readonly Outcome[] {
  if (!isWrite(request)) return []
  const { range, body } = request
  const outcomes: Outcome[] = []
  if (range && range !== 'malformed' && range.end - range.start + 1 !== body.length) {
    outcomes.push({ status: 400, code: 'SIZE_INVALID', after })
  }
  if (request.kind === 'put' && request.digest === '') {
    outcomes.push({ status: 400, code: 'DIGEST_INVALID', after })
  }
  return outcomes
}

function written(state: UploadState & { kind: 'open' }, request: UploadWrite): readonly Outcome[] {
  const content = Buffer.concat([state.content, request.body])
  if (request.kind === 'patch') {
    return [{ status: 202, size: [content.length, content.length], after: openWith(content) }]
  }
  if (sha256(content) === request.digest) return [{ status: 201, after: finished }]
  return [{ status: 400, code: 'DIGEST_INVALID', after: cancelled }]
}

/** @param seen the most that a look at the upload may find there now. */
function outcomes(state: UploadState, request: UploadRequest, seen: number): readonly Outcome[] {
  const unseen = refusedUnseen(request, state)
  const unknown: Outcome = { status: 404, code: 'BLOB_UPLOAD_UNKNOWN', after: state }
  if (state.kind !== 'open' || request.kind === 'foreign') return [unknown, ...unseen]
  const size = state.content.length
  if (request.kind === 'get') return [{ status: 204, size: [size, seen], after: state }]
  if (request.kind === 'delete') return [{ status: 204, after: cancelled }]
  const { range } = request
  if (range === 'malformed') return [{ status: 416, size: [size, seen], after: state }, ...unseen]
  if (range && range.start !== size) {
    return [{ status: 416, size: [size, size], after: state }, ...unseen]
  }
  return unseen.length > 0 ? unseen : written(state, request)
}

/** `Range` of an empty upload is `0-0`. */
function lastOf(size: number): number {
  return Math.max(0, size - 1)
}

function fits({ status, code, last }: UploadAnswer, outcome: Outcome): boolean {
  if (status !== outcome.status || (outcome.code !== undefined && code !== outcome.code)) {
    return false
  }
  if (outcome.size === undefined) return last === undefined
  const [least, most] = outcome.size
  return last !== undefined && last >= lastOf(least) && last <= lastOf(most)
}

/** A request that runs and was not refused may have written some or all of its body by now. */
function growth({ request, answer }: UploadOperation): number {
  const refused = answer !== undefined && [404, 416].includes(answer.status)
  return isWrite(request) && !refused ? (request.sent ?? request.body.length) : 0
}

/** After a PATCH that broke off, any beginning of its body may be there; of a PUT, nothing or all. */
function brokenOff(state: UploadState, request: UploadRequest, sizes: ReadonlySet<number>) {
  if (state.kind !== 'open' || !isWrite(request)) return []
  const { range, body, sent = body.length } = request
  if (range === 'malformed' || (range && range.start !== state.content.length)) return []
  if (request.kind === 'put') {
    return sent === body.length ? written(state, request).map(({ after }) => after) : []
  }
  const arrived = [...sizes]
    .map((size) => size - state.content.length)
    .filter((length) => length > 0 && length < sent)
  return [...arrived, sent].map((length) =>
    openWith(Buffer.concat([state.content, body.subarray(0, length)])),
  )
}

/** Lengths that an answer told or a client went on from: between them none can be told apart. */
function sizesIn(history: History<UploadRequest, UploadAnswer>): ReadonlySet<number> {
  const sizes = new Set<number>()
  for (const { request, answer } of history) {
    if (answer?.last !== undefined) sizes.add(answer.last + 1)
    if (isWrite(request) && typeof request.range === 'object') sizes.add(request.range.start)
  }
  return sizes
}

/**
 * One upload (docs/reference/http-api.md), begun and empty. A look at it (GET, or the `Range` beside
 * the refusal of a malformed `Content-Range`) need not wait for what is being written and may find a
 * part of that; every other request sees others wholly or not at all.
 */
export function uploadSpecification(
  history: History<UploadRequest, UploadAnswer>,
): Specification<UploadState, UploadRequest, UploadAnswer> {
  const sizes = sizesIn(history)
  return {
    initial: openWith(Buffer.alloc(0)),
    next(state, { request, answer }, running) {
      if (answer === undefined) return brokenOff(state, request, sizes)
      const size = state.kind === 'open' ? state.content.length : 0
      const seen = size + Math.max(0, ...running().map(growth))
      return outcomes(state, request, seen)
        .filter((outcome) => fits(answer, outcome))
        .map(({ after }) => after)
    },
    // A PUT with another digest is refused and ends the upload.
    isLook: ({ request, answer }) =>
      answer !== undefined &&
      (request.kind === 'get' || [404, 416].includes(answer.status) || request.kind === 'foreign'),
    keyOf: (state) => (state.kind === 'open' ? state.digest : state.kind),
  }
}
