import type { Specification } from './checker.ts'
import type { Operation } from './operation.ts'

/** Requests for blobs in repositories. */
export type BlobRequest =
  | { readonly kind: 'push'; readonly repository: string; readonly digest: string }
  /** HEAD or GET. */
  | { readonly kind: 'read'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'delete'; readonly repository: string; readonly digest: string }
  | {
      readonly kind: 'mount'
      readonly repository: string
      readonly digest: string
      readonly from: string
    }

export interface BlobAnswer {
  readonly status: number
  /** Of the bytes that came, or as told with HEAD. */
  readonly digest?: string
}

/** Which repository may use which blob: `repository@digest`, sorted. */
export type BlobState = readonly string[]

export function rightTo(repository: string, digest: string): string {
  return `${repository}@${digest}`
}

function withRight(state: BlobState, right: string): BlobState {
  return state.includes(right) ? state : [...state, right].sort()
}

function nextRead(
  state: BlobState,
  holds: boolean,
  digest: string,
  answer: BlobAnswer,
): readonly BlobState[] {
  if (!holds) return answer.status === 404 ? [state] : []
  return answer.status === 200 && answer.digest === digest ? [state] : []
}

/** Also what a request without an answer may have done. */
function effect(state: BlobState, request: BlobRequest): BlobState {
  const right = rightTo(request.repository, request.digest)
  if (request.kind === 'push') return withRight(state, right)
  if (request.kind === 'delete') return state.filter((other) => other !== right)
  const has = request.kind === 'mount' && state.includes(rightTo(request.from, request.digest))
  return has ? withRight(state, right) : state
}

/** The status of a request that changes something. */
function statusOf(state: BlobState, request: BlobRequest): number {
  const holds = state.includes(rightTo(request.repository, request.digest))
  if (request.kind === 'push') return 201
  if (request.kind === 'delete') return holds ? 202 : 404
  const source = request.kind === 'mount' && state.includes(rightTo(request.from, request.digest))
  return holds || source ? 201 : 202
}

export function nextBlobs(
  state: BlobState,
  { request, answer }: Pick<Operation<BlobRequest, BlobAnswer>, 'request' | 'answer'>,
): readonly BlobState[] {
  if (answer === undefined) return [effect(state, request)]
  if (request.kind === 'read') {
    const holds = state.includes(rightTo(request.repository, request.digest))
    return nextRead(state, holds, request.digest, answer)
  }
  return answer.status === statusOf(state, request) ? [effect(state, request)] : []
}

export function isBlobLook({
  request,
  answer,
}: Pick<Operation<BlobRequest, BlobAnswer>, 'request' | 'answer'>): boolean {
  if (answer === undefined) return false
  const refused = answer.status === 404 || (request.kind === 'mount' && answer.status === 202)
  return request.kind === 'read' || refused
}

/** Blobs of repositories that are empty at the beginning. */
export const blobSpecification: Specification<BlobState, BlobRequest, BlobAnswer> = {
  initial: [],
  next: nextBlobs,
  isLook: isBlobLook,
  keyOf: (state) => state.join(' '),
}
