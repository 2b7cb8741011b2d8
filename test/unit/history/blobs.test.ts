import {
  type BlobAnswer,
  type BlobRequest,
  blobSpecification,
} from '../../e2e/history/blob-specification.ts'
import { type Cases, judge } from './histories.ts'

const digest = 'sha256:x'
const push: BlobRequest = { kind: 'push', repository: 'a', digest }
const read: BlobRequest = { kind: 'read', repository: 'a', digest }
const remove: BlobRequest = { kind: 'delete', repository: 'a', digest }
const mount: BlobRequest = { kind: 'mount', repository: 'b', digest, from: 'a' }
const readMounted: BlobRequest = { kind: 'read', repository: 'b', digest }

const right: BlobAnswer = { status: 200, digest }
const wrong: BlobAnswer = { status: 200, digest: 'sha256:y' }
const created: BlobAnswer = { status: 201 }
const accepted: BlobAnswer = { status: 202 }
const unknown: BlobAnswer = { status: 404 }

const legal: Cases<BlobRequest, BlobAnswer> = {
  'pushed, read, deleted': [
    [1, 2, read, unknown],
    [3, 4, push, created],
    [5, 6, read, right],
    [7, 8, remove, accepted],
    [9, 10, remove, unknown],
    [11, 12, read, unknown],
  ],
  'pushed by many at once': [
    [1, 7, push, created],
    [2, 8, push, created],
    [3, 4, read, unknown],
    [5, 6, read, right],
  ],
  'deleted beside a push: either may be last': [
    [1, 2, push, created],
    [3, 5, push, created],
    [4, 6, remove, accepted],
    [7, 8, read, unknown],
  ],
  'deleted beside a push that brings it back': [
    [1, 2, push, created],
    [3, 8, push, created],
    [4, 5, remove, accepted],
    [6, 7, read, right],
  ],
  'mounted, and kept when the source is deleted': [
    [1, 2, push, created],
    [3, 4, mount, created],
    [5, 6, remove, accepted],
    [7, 8, readMounted, right],
    [9, 10, mount, created],
  ],
  'a mount without a source begins an upload': [
    [1, 2, mount, accepted],
    [3, 4, readMounted, unknown],
  ],
  'a push without an answer that was stored': [
    [1, 0, push, undefined],
    [2, 3, read, unknown],
    [4, 5, read, right],
  ],
}

const illegal: typeof legal = {
  'unknown after it was acknowledged': [
    [1, 2, push, created],
    [3, 4, read, unknown],
  ],
  'unknown while it is pushed again': [
    [1, 2, push, created],
    [3, 6, push, created],
    [4, 5, read, unknown],
  ],
  'other bytes': [
    [1, 2, push, created],
    [3, 4, read, wrong],
  ],
  'there before it was pushed': [
    [1, 2, read, right],
    [3, 4, push, created],
  ],
  'there after it was deleted': [
    [1, 2, push, created],
    [3, 4, remove, accepted],
    [5, 6, read, right],
  ],
  'deleted twice': [
    [1, 2, push, created],
    [3, 5, remove, accepted],
    [4, 6, remove, accepted],
  ],
  'a mount of what is not there': [[1, 2, mount, created]],
  'a mount of what is there that begins an upload': [
    [1, 2, push, created],
    [3, 4, mount, accepted],
  ],
  'seen through a repository that never had it': [
    [1, 2, push, created],
    [3, 4, readMounted, right],
  ],
  'a push that is refused': [[1, 2, push, { status: 400 }]],
}

judge(true, legal, () => blobSpecification)
judge(false, illegal, () => blobSpecification)
