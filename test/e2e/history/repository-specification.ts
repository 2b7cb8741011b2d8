import {
  type BlobAnswer,
  type BlobRequest,
  type BlobState,
  isBlobLook,
  nextBlobs,
  rightTo,
} from './blob-specification.ts'
import type { Specification } from './checker.ts'
import {
  isTagLook,
  nextTags,
  type TagAnswer,
  type TagRequest,
  type TagState,
} from './tag-specification.ts'

/** Requests for one repository, and for blobs of others that can be mounted from. */
export type RepositoryRequest =
  | { readonly noun: 'blob'; readonly request: BlobRequest }
  | { readonly noun: 'manifest'; readonly request: TagRequest }

export type RepositoryAnswer = BlobAnswer & TagAnswer

export interface RepositoryState {
  readonly blobs: BlobState
  readonly manifests: TagState
}

/**
 * A manifest is stored if and only if every blob it names is there at that moment, known or not; the
 * refusal names those that are not. Blobs may go afterwards.
 */
function nextPut(
  state: RepositoryState,
  missing: readonly string[],
  answer: RepositoryAnswer | undefined,
): readonly RepositoryState[] {
  if (answer === undefined) return []
  return answer.status === 400 && answer.missing?.join() === missing.join() ? [state] : []
}

/** A repository, and what is known of other repositories' blobs. */
export function repositorySpecification(
  name: string,
  initial: RepositoryState,
): Specification<RepositoryState, RepositoryRequest, RepositoryAnswer> {
  return {
    initial,
    next(state, { request: { noun, request }, answer }) {
      if (noun === 'blob') {
        return nextBlobs(state.blobs, { request, answer }).map((blobs) => ({ ...state, blobs }))
      }
      if (request.kind === 'put') {
        const { needs } = request
        const missing = needs.filter((digest) => !state.blobs.includes(rightTo(name, digest)))
        if (missing.length > 0) return nextPut(state, missing.toSorted(), answer)
      }
      return nextTags(state.manifests, { request, answer }).map((manifests) => ({
        ...state,
        manifests,
      }))
    },
    isLook: ({ request: { noun, request }, answer }) =>
      noun === 'blob' ? isBlobLook({ request, answer }) : isTagLook({ request, answer }),
    keyOf: (state) => JSON.stringify(state),
  }
}
