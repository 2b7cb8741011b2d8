import type { Specification } from './checker.ts'
import type { Operation } from './operation.ts'

/** Requests for the manifests and tags of one repository. */
export type TagRequest =
  | {
      readonly kind: 'put'
      readonly digest: string
      /** Absent: put by digest. */
      readonly tag?: string
      /** Digests of the blobs it names. */
      readonly needs: readonly string[]
    }
  /** HEAD or GET. */
  | { readonly kind: 'resolve'; readonly tag: string }
  | { readonly kind: 'fetch'; readonly digest: string }
  | { readonly kind: 'untag'; readonly tag: string }
  | { readonly kind: 'remove'; readonly digest: string }
  | { readonly kind: 'list' }

export interface TagAnswer {
  readonly status: number
  /** Of the bytes that came, or as told with HEAD. */
  readonly digest?: string
  /** Of a list. */
  readonly tags?: readonly string[]
  /** Digests that a refused PUT named, sorted. */
  readonly missing?: readonly string[]
}

export interface TagState {
  /** Digests, sorted. */
  readonly manifests: readonly string[]
  /** Where each tag points, sorted by tag. */
  readonly tags: readonly (readonly [tag: string, digest: string])[]
}

interface Outcome {
  readonly answer: TagAnswer
  readonly after: TagState
}

function pointed(state: TagState, tag: string, digest: string): TagState['tags'] {
  const others = state.tags.filter(([other]) => other !== tag)
  return [...others, [tag, digest] as const].sort(([one], [other]) => (one < other ? -1 : 1))
}

function afterPut(state: TagState, digest: string, tag: string | undefined): TagState {
  const { manifests } = state
  return {
    manifests: manifests.includes(digest) ? manifests : [...manifests, digest].sort(),
    tags: tag === undefined ? state.tags : pointed(state, tag, digest),
  }
}

function afterRemove({ manifests, tags }: TagState, digest: string): TagState {
  return {
    manifests: manifests.filter((other) => other !== digest),
    tags: tags.filter(([, other]) => other !== digest),
  }
}

const unknown = { status: 404 }

function found(digest: string | undefined): TagAnswer {
  return digest === undefined ? unknown : { status: 200, digest }
}

/** The one right answer and what is there after it. */
function outcome(state: TagState, request: TagRequest): Outcome {
  const { manifests, tags } = state
  const digestOf = (tag: string) => tags.find(([other]) => other === tag)?.[1]
  const has = (digest: string) => (manifests.includes(digest) ? digest : undefined)
  switch (request.kind) {
    case 'put':
      return { answer: { status: 201 }, after: afterPut(state, request.digest, request.tag) }
    case 'resolve':
      return { answer: found(digestOf(request.tag)), after: state }
    case 'fetch':
      return { answer: found(has(request.digest)), after: state }
    case 'list':
      return { answer: { status: 200, tags: tags.map(([tag]) => tag) }, after: state }
    case 'untag': {
      const after = { manifests, tags: tags.filter(([other]) => other !== request.tag) }
      return { answer: digestOf(request.tag) === undefined ? unknown : { status: 202 }, after }
    }
    case 'remove':
      return {
        answer: has(request.digest) === undefined ? unknown : { status: 202 },
        after: afterRemove(state, request.digest),
      }
  }
}

function isSame(one: TagAnswer, other: TagAnswer): boolean {
  return (
    one.status === other.status &&
    one.digest === other.digest &&
    one.tags?.join() === other.tags?.join()
  )
}

export function nextTags(
  state: TagState,
  { request, answer }: Pick<Operation<TagRequest, TagAnswer>, 'request' | 'answer'>,
): readonly TagState[] {
  const expected = outcome(state, request)
  return answer === undefined || isSame(answer, expected.answer) ? [expected.after] : []
}

export function isTagLook({
  request: { kind },
  answer,
}: Pick<Operation<TagRequest, TagAnswer>, 'request' | 'answer'>): boolean {
  if (answer === undefined) return false
  return ['resolve', 'fetch', 'list'].includes(kind) || answer.status >= 400
}

/** Manifests and tags of a repository that is empty at the beginning and has all the blobs. */
export const tagSpecification: Specification<TagState, TagRequest, TagAnswer> = {
  initial: { manifests: [], tags: [] },
  next: nextTags,
  isLook: isTagLook,
  keyOf: (state) => JSON.stringify(state),
}
