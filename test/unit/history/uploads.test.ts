import {
  type ChunkRange,
  type UploadAnswer,
  type UploadRequest,
  uploadSpecification,
} from '../../e2e/history/upload-specification.ts'
import { sha256 } from '../../helpers/e2e/digest.ts'
import { type Cases, judge } from './histories.ts'

const get: UploadRequest = { kind: 'get' }
const cancel: UploadRequest = { kind: 'delete' }
const foreign: UploadRequest = { kind: 'foreign', method: 'PATCH', body: Buffer.from('abc') }

function patch(text: string, range?: ChunkRange): UploadRequest {
  return { kind: 'patch', body: Buffer.from(text), ...(range ? { range } : {}) }
}

/** A PUT whose digest is that of `whole`. */
function put(whole: string, text = '', range?: ChunkRange): UploadRequest {
  const digest = sha256(whole)
  return { kind: 'put', digest, body: Buffer.from(text), ...(range ? { range } : {}) }
}

function broken(request: UploadRequest, sent: number): UploadRequest {
  return { ...request, sent } as UploadRequest
}

const taken = (size: number): UploadAnswer => ({ status: 202, last: size - 1 })
const shows = (size: number): UploadAnswer => ({ status: 204, last: Math.max(0, size - 1) })
const refused = (size: number): UploadAnswer => ({
  status: 416,
  code: 'RANGE_INVALID',
  last: Math.max(0, size - 1),
})
const stored: UploadAnswer = { status: 201 }
const gone: UploadAnswer = { status: 204 }
const unknown: UploadAnswer = { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' }
const otherDigest: UploadAnswer = { status: 400, code: 'DIGEST_INVALID' }
const otherSize: UploadAnswer = { status: 400, code: 'SIZE_INVALID' }

const legal: Cases<UploadRequest, UploadAnswer> = {
  'a push in two chunks': [
    [1, 2, get, shows(0)],
    [3, 4, patch('abc', { start: 0, end: 2 }), taken(3)],
    [5, 6, put('abcde', 'de', { start: 3, end: 4 }), stored],
    [7, 8, get, unknown],
  ],
  'the same chunk twice at once is taken once': [
    [1, 3, patch('abc', { start: 0, end: 2 }), taken(3)],
    [2, 4, patch('abc', { start: 0, end: 2 }), refused(3)],
    [5, 6, put('abc'), stored],
  ],
  'two streams at once, one after the other in the content': [
    [1, 3, patch('aaa'), taken(5)],
    [2, 4, patch('bb'), taken(2)],
    [5, 6, put('bbaaa'), stored],
  ],
  'a look at an upload that is being written': [
    [1, 6, patch('abcdef'), taken(6)],
    [2, 3, get, shows(4)],
    [4, 5, patch('x', 'malformed'), refused(5)],
  ],
  'content with another digest ends the upload': [
    [1, 2, patch('abc'), taken(3)],
    [3, 4, put('abd'), otherDigest],
    [5, 6, put('abc'), unknown],
  ],
  'refusals that leave it as it is': [
    [1, 2, patch('abc', { start: 0, end: 3 }), otherSize],
    [3, 4, { kind: 'put', digest: '', body: Buffer.alloc(0) }, otherDigest],
    [5, 6, patch('abc', { start: 1, end: 3 }), refused(0)],
    [7, 8, foreign, unknown],
    [9, 10, patch('abc', { start: 0, end: 2 }), taken(3)],
  ],
  'cancelled beside a PUT, which then finds nothing': [
    [1, 4, put('abc', 'abc'), unknown],
    [2, 3, cancel, gone],
  ],
  'a PATCH that broke off left a part': [
    [1, 0, broken(patch('abcdef'), 5), undefined],
    [2, 3, get, shows(0)],
    [4, 5, get, shows(4)],
    [6, 7, patch('ef', { start: 4, end: 5 }), taken(6)],
    [8, 9, put('abcdef'), stored],
  ],
  'a PUT that broke off left nothing': [
    [1, 2, patch('abc'), taken(3)],
    [3, 0, broken(put('abcdef', 'def'), 2), undefined],
    [4, 5, put('abcdef', 'def'), stored],
  ],
  'a PUT whose answer was lost had stored everything': [
    [1, 0, put('abc', 'abc'), undefined],
    [2, 3, put('abc', 'abc'), unknown],
  ],
  'pipelined on one connection': [
    [1, 5, patch('abc'), taken(3), 1],
    [2, 6, patch('def'), taken(6), 1],
    [3, 7, get, shows(6), 1],
    [4, 8, put('abcdef'), stored, 1],
  ],
}

const illegal: typeof legal = {
  'a lost update: both streams begin at 0': [
    [1, 3, patch('aaa'), taken(3)],
    [2, 4, patch('bbb'), taken(3)],
  ],
  'the bytes of two PATCHes mixed': [
    [1, 3, patch('aaa'), taken(3)],
    [2, 4, patch('bbb'), taken(6)],
    [5, 6, put('ababab'), stored],
  ],
  'a chunk taken twice': [
    [1, 3, patch('abc', { start: 0, end: 2 }), taken(3)],
    [2, 4, patch('abc', { start: 0, end: 2 }), taken(6)],
  ],
  'a PUT acknowledged twice': [
    [1, 3, put('abc', 'abc'), stored],
    [2, 4, put('abc', 'abc'), stored],
  ],
  'a PUT acknowledged twice with different content': [
    [1, 3, put('abc', 'abc'), stored],
    [2, 4, put('xyz', 'xyz'), stored],
  ],
  'content acknowledged under another digest': [[1, 2, put('abd', 'abc'), stored]],
  'right content refused': [[1, 2, put('abc', 'abc'), otherDigest]],
  'a stale look: less than was acknowledged': [
    [1, 2, patch('abc'), taken(3)],
    [3, 4, get, shows(0)],
  ],
  'a look that shows more than was sent': [
    [1, 4, patch('abc'), taken(3)],
    [2, 3, get, shows(4)],
  ],
  'a look at a refused PATCH': [
    [1, 4, patch('abc', { start: 2, end: 4 }), refused(0)],
    [2, 3, get, shows(2)],
  ],
  'a refusal that tells where the chunk would have fitted': [
    [1, 4, patch('abc'), taken(3)],
    [2, 5, patch('def', { start: 3, end: 5 }), refused(3)],
  ],
  'an upload that is cancelled and goes on': [
    [1, 2, cancel, gone],
    [3, 4, patch('abc'), taken(3)],
  ],
  'an upload that is cancelled and finished': [
    [1, 3, cancel, gone],
    [2, 4, put('', ''), stored],
  ],
  'an upload that vanishes': [
    [1, 2, patch('abc'), taken(3)],
    [3, 4, get, unknown],
  ],
  'a request in another repository that is served': [[1, 2, foreign, shows(0)]],
  'a server error': [[1, 2, patch('abc'), { status: 500, code: 'UNKNOWN' }]],
  'a PATCH that broke off left what it never sent': [
    [1, 0, broken(patch('abcdef'), 2), undefined],
    [2, 3, get, shows(4)],
  ],
  'a PATCH that broke off left other bytes': [
    [1, 0, broken(patch('abcdef'), 6), undefined],
    [2, 3, patch('efg', { start: 4, end: 6 }), taken(7)],
    [4, 5, put('xbcdefg'), stored],
  ],
  'a PUT that broke off left a part': [
    [1, 0, broken(put('abc', 'abc'), 2), undefined],
    [2, 3, put('abc', 'c', { start: 2, end: 2 }), stored],
  ],
  'a PUT that was broken off before its end counts as whole': [
    [1, 0, broken(put('abc', 'abc'), 2), undefined],
    [2, 3, put('abc', 'abc'), unknown],
  ],
  'pipelined requests that overtake each other': [
    [1, 3, patch('abc'), taken(5), 1],
    [2, 4, patch('de'), taken(2), 1],
  ],
}

judge(true, legal, uploadSpecification)
judge(false, illegal, uploadSpecification)
