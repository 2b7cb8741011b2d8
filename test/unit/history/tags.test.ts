import {
  type TagAnswer,
  type TagRequest,
  tagSpecification,
} from '../../e2e/history/tag-specification.ts'
import { type Cases, judge } from './histories.ts'

const tag = 'v1'
const put = (digest: string): TagRequest => ({ kind: 'put', digest, tag, needs: [] })
const resolve: TagRequest = { kind: 'resolve', tag }
const fetch = (digest: string): TagRequest => ({ kind: 'fetch', digest })
const untag: TagRequest = { kind: 'untag', tag }
const remove = (digest: string): TagRequest => ({ kind: 'remove', digest })
const list: TagRequest = { kind: 'list' }

const created: TagAnswer = { status: 201 }
const accepted: TagAnswer = { status: 202 }
const unknown: TagAnswer = { status: 404 }
const found = (digest: string): TagAnswer => ({ status: 200, digest })
const listed = (...tags: readonly string[]): TagAnswer => ({ status: 200, tags })

const legal: Cases<TagRequest, TagAnswer> = {
  'put, moved and removed': [
    [1, 2, put('one'), created],
    [3, 4, put('two'), created],
    [5, 6, resolve, found('two')],
    [7, 8, fetch('one'), found('one')],
    [9, 10, list, listed(tag)],
    [11, 12, untag, accepted],
    [13, 14, resolve, unknown],
    [15, 16, fetch('two'), found('two')],
    [17, 18, untag, unknown],
  ],
  'two at once: the reads tell which came last': [
    [1, 9, put('one'), created],
    [2, 8, put('two'), created],
    [3, 4, resolve, found('two')],
    [5, 6, resolve, found('one')],
    [10, 11, resolve, found('one')],
  ],
  'removed by digest, with its tag': [
    [1, 2, put('one'), created],
    [3, 4, remove('one'), accepted],
    [5, 6, resolve, unknown],
    [7, 8, list, listed()],
    [9, 10, fetch('one'), unknown],
  ],
  'the manifest a tag left is removed and the tag stays': [
    [1, 2, put('one'), created],
    [3, 4, put('two'), created],
    [5, 6, remove('one'), accepted],
    [7, 8, resolve, found('two')],
  ],
  'put without a tag': [
    [1, 2, { kind: 'put', digest: 'one', needs: [] }, created],
    [3, 4, fetch('one'), found('one')],
    [5, 6, resolve, unknown],
  ],
}

const illegal: typeof legal = {
  'a lost update: the older one serves at the end': [
    [1, 2, put('one'), created],
    [3, 4, put('two'), created],
    [5, 6, resolve, found('one')],
  ],
  'a stale read': [
    [1, 2, put('one'), created],
    [3, 9, put('two'), created],
    [4, 5, resolve, found('two')],
    [6, 7, resolve, found('one')],
  ],
  'a moment without the tag while it moves': [
    [1, 2, put('one'), created],
    [3, 6, put('two'), created],
    [4, 5, resolve, unknown],
  ],
  'acknowledged and not there by digest': [
    [1, 2, put('one'), created],
    [3, 4, put('two'), created],
    [5, 6, fetch('one'), unknown],
  ],
  'a tag that lists and does not resolve': [
    [1, 2, put('one'), created],
    [3, 4, remove('one'), accepted],
    [5, 6, list, listed(tag)],
  ],
  'a tag that resolves and does not list': [
    [1, 2, put('one'), created],
    [3, 4, list, listed()],
  ],
  'a tag that outlives its manifest': [
    [1, 2, put('one'), created],
    [3, 4, remove('one'), accepted],
    [5, 6, resolve, found('one')],
  ],
  'a deletion that is acknowledged twice': [
    [1, 2, put('one'), created],
    [3, 5, untag, accepted],
    [4, 6, untag, accepted],
  ],
  'the bytes of another manifest': [
    [1, 2, put('one'), created],
    [3, 4, fetch('one'), found('two')],
  ],
  'a server error': [[1, 2, put('one'), { status: 500 }]],
}

judge(true, legal, () => tagSpecification)
judge(false, illegal, () => tagSpecification)
