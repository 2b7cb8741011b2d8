import type { BlobRequest } from '../../e2e/history/blob-specification.ts'
import {
  type RepositoryAnswer,
  type RepositoryRequest,
  repositorySpecification,
} from '../../e2e/history/repository-specification.ts'
import { type Cases, judge } from './histories.ts'

const specification = repositorySpecification('a', {
  blobs: ['a@x', 'b@y'],
  manifests: { manifests: ['old'], tags: [['v1', 'old']] },
})

function blob(request: BlobRequest): RepositoryRequest {
  return { noun: 'blob', request }
}

function put(...needs: readonly string[]): RepositoryRequest {
  return { noun: 'manifest', request: { kind: 'put', digest: 'new', tag: 'v1', needs } }
}

const resolve: RepositoryRequest = { noun: 'manifest', request: { kind: 'resolve', tag: 'v1' } }
const deleteX = blob({ kind: 'delete', repository: 'a', digest: 'x' })
const pushY = blob({ kind: 'push', repository: 'a', digest: 'y' })
const mountY = blob({ kind: 'mount', repository: 'a', digest: 'y', from: 'b' })

const created: RepositoryAnswer = { status: 201 }
const accepted: RepositoryAnswer = { status: 202 }
const found = (digest: string): RepositoryAnswer => ({ status: 200, digest })
const missing = (...digests: readonly string[]): RepositoryAnswer => ({
  status: 400,
  missing: digests,
})

const legal: Cases<RepositoryRequest, RepositoryAnswer> = {
  'what it names is there': [
    [1, 2, put('x'), created],
    [3, 4, resolve, found('new')],
  ],
  'what it names is missing, and the tag stays': [
    [1, 2, put('x', 'y'), missing('y')],
    [3, 4, resolve, found('old')],
  ],
  'deleted at the same time: before it': [
    [1, 3, deleteX, accepted],
    [2, 4, put('x'), missing('x')],
  ],
  'deleted at the same time: after it': [
    [1, 3, deleteX, accepted],
    [2, 4, put('x'), created],
    [5, 6, put('x'), missing('x')],
  ],
  'mounted in time': [
    [1, 3, mountY, created],
    [2, 4, put('x', 'y'), created],
  ],
  'pushed too late': [
    [1, 3, pushY, created],
    [2, 4, put('x', 'y'), missing('y')],
    [5, 6, put('x', 'y'), created],
  ],
  'a PUT without an answer': [
    [1, 0, put('x'), undefined],
    [2, 3, deleteX, accepted],
    [4, 5, resolve, found('new')],
  ],
}

const illegal: typeof legal = {
  'acknowledged though a blob was gone before it began': [
    [1, 2, deleteX, accepted],
    [3, 4, put('x'), created],
  ],
  'acknowledged again though a blob is gone by now': [
    [1, 2, put('x'), created],
    [3, 4, deleteX, accepted],
    [5, 6, put('x'), created],
  ],
  'refused though all was there': [[1, 2, put('x'), missing('x')]],
  'refused with the wrong digest': [[1, 2, put('x', 'y'), missing('x')]],
  'refused with more than is missing': [[1, 2, put('x', 'y'), missing('x', 'y')]],
  'refused and stored': [
    [1, 2, put('x', 'y'), missing('y')],
    [3, 4, resolve, found('new')],
  ],
  'a PUT without an answer that could not be': [
    [1, 0, put('y'), undefined],
    [2, 3, resolve, found('new')],
  ],
  'a mount acknowledged and not there': [
    [1, 2, mountY, created],
    [3, 4, put('x', 'y'), missing('y')],
  ],
}

judge(true, legal, () => specification)
judge(false, illegal, () => specification)
