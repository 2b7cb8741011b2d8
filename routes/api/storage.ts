import { Type } from 'typebox'
import { OciError } from '../../src/oci/errors.ts'
import { askerOf } from '../http/asker.ts'
import { line, series, summary, tagNames, whole } from './account-fields.ts'
import { pageAnswer, readCursor } from './cursor.ts'
import {
  bodyOf,
  bytes,
  count,
  digest,
  listOf,
  named,
  paging,
  repository,
  tag,
  timeOf,
} from './fields.ts'
import { route } from './route.ts'

const day = (description: string) =>
  Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: `${description}, YYYY-MM-DD` })

const layer = named('LayerAccount', { digest, size: bytes, repositories: count })

const layerPosition = Type.Tuple([Type.Integer({ minimum: 0 }), digest])

/** What several repositories cost. */
const together = named('NamespaceAccount', {
  repositories: count,
  tags: count,
  manifests: count,
  blobs: count,
  ...whole,
})

const prefix = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'the first components of names, without a slash at the end',
})

export const storageRoutes = [
  route({
    method: 'GET',
    path: '/storage/summary',
    id: 'getStorageSummary',
    access: 'admin',
    summary: 'What everything costs, by what holds it',
    answer: summary,
    async handle(_call, { accounts }) {
      const { last, ...rest } = await accounts.summary()
      return last ? { ...rest, last: { ...last, at: timeOf(last.at) } } : rest
    },
  }),
  route({
    method: 'POST',
    path: '/storage/reconcile',
    id: 'reconcileStorage',
    access: 'admin',
    summary: 'Compare the accounts with every file on the disk',
    description:
      'One line: live + undo + waiting + trash + uploads − absent + difference = disk. Lists every file, which takes a while; what changes meanwhile shows as a difference.',
    body: bodyOf('ReconcileRequest', {}),
    answer: line,
    handle: (_call, { accounts }) => accounts.reconcile(),
  }),
  route({
    method: 'GET',
    path: '/storage/series',
    id: 'getStorageSeries',
    access: 'admin',
    summary: 'What was stored day by day',
    query: Type.Object({ from: day('the first day'), to: day('the last day') }),
    answer: series,
    handle: async ({ query: { from, to } }, { accounts }) => ({
      ...(await accounts.series(from, to)),
    }),
  }),
  route({
    method: 'GET',
    path: '/storage/repo',
    id: 'getRepositoryAccount',
    access: { action: 'pull', repo: ({ query }) => [query.repo] },
    summary: 'What one repository costs',
    query: Type.Object({ repo: repository }),
    answer: named('WholeRepositoryAccount', { name: repository, ...whole }),
    errors: ['NAME_UNKNOWN'],
    async handle({ query: { repo } }, { accounts }) {
      const found = await accounts.repository(repo)
      if (!found) throw new OciError('NAME_UNKNOWN', { detail: { name: repo } })
      const { stored, logical, unique, shared } = found
      return { name: repo, stored, logical, unique, shared }
    },
  }),
  route({
    method: 'GET',
    path: '/storage/registry',
    id: 'getRegistryAccount',
    access: 'admin',
    summary: 'What all repositories cost together',
    description: 'Reads every tag, some at a time: with many of them this takes a while.',
    answer: together,
    async handle(_call, { accounts }) {
      const { manifestBytes: _, ...found } = await accounts.registry()
      return found
    },
  }),
  route({
    method: 'GET',
    path: '/storage/namespace',
    id: 'getNamespaceAccount',
    access: 'admin',
    summary: 'What all repositories below a prefix cost together',
    query: Type.Object({ prefix }),
    answer: together,
    async handle({ query }, { accounts }) {
      const { manifestBytes: _, ...found } = await accounts.namespace(query.prefix)
      return found
    },
  }),
  route({
    method: 'GET',
    path: '/storage/tags',
    id: 'listTagAccounts',
    access: {
      action: 'pull',
      repo: ({ query }) => [query.repo],
      absent: () => ({ items: [] }),
    },
    summary: 'What tags cost, each by itself',
    query: Type.Object({ repo: repository, tag: Type.Array(tag, { minItems: 1, maxItems: 100 }) }),
    answer: listOf(
      named('TagAccount', { tag, digest, stored: bytes, unique: bytes, shared: bytes }),
    ),
    async handle({ query: { repo, tag: names } }, { accounts }) {
      const items = await accounts.tags(repo, names)
      return {
        items: items.map((each) => ({ ...each, shared: each.stored - each.unique })),
      }
    },
  }),
  route({
    method: 'POST',
    path: '/storage/marginal',
    id: 'getMarginalBytes',
    access: 'filtered',
    summary: 'What comes back if these tags go, once no undo keeps it any more',
    body: bodyOf('TagSet', { tags: tagNames }),
    answer: named('Marginal', {
      manifests: count,
      manifestBytes: bytes,
      blobs: count,
      blobBytes: bytes,
    }),
    handle({ body: { tags }, request }, { accounts }) {
      const { identity, rights } = askerOf(request)
      const { includes } = rights.visible(identity)
      const asked = tags.filter(({ repo }) => includes(repo))
      return accounts.marginal(
        asked.map(({ repo, tag: name }) => ({ repository: repo, tag: name })),
      )
    },
  }),
  route({
    method: 'GET',
    path: '/storage/layers',
    id: 'listLargestLayers',
    access: 'admin',
    summary: 'Blobs that images hold, the largest first',
    query: Type.Object(paging),
    answer: listOf(layer),
    async handle({ query: { limit, cursor } }, { accounts }) {
      const at = readCursor(cursor, 'layers', layerPosition)
      const after = at && { size: at[0], digest: at[1] }
      const items = await accounts.layers({ limit, ...(after ? { after } : {}) })
      const last = items.length < limit ? undefined : items.at(-1)
      const next = last && ([last.size, last.digest] as const)
      return pageAnswer('layers', { items, next }, (item) => item)
    },
  }),
]
