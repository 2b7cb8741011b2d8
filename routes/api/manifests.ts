import { Type } from 'typebox'
import { manifestKinds } from '../../src/oci/manifest-kind.ts'
import type { ListedManifest } from '../../src/services/listing/manifests.ts'
import { pageAnswer, readCursor } from './cursor.ts'
import {
  bytes,
  count,
  digest,
  listOf,
  named,
  oneOf,
  orderOf,
  paging,
  repository,
  sortBy,
  tag,
  time,
  timeOf,
} from './fields.ts'
import { route } from './route.ts'

const listed = named('Manifest', {
  digest,
  mediaType: Type.String(),
  kind: oneOf(manifestKinds),
  artifactType: Type.Optional(Type.String()),
  subject: Type.Optional(digest),
  size: bytes,
  createdAt: time,
  pulledAt: Type.Optional(time),
  pulls: count,
  reachableFrom: Type.Object(
    { tags: Type.Array(tag, { maxItems: 20 }), indexes: Type.Array(digest, { maxItems: 20 }) },
    { description: 'what keeps it in use: its tags and the indexes that list it, 20 of each' },
  ),
})

const position = Type.Tuple([Type.Integer(), digest])

function show({ tags, indexes, createdAt, pulledAt, ...item }: ListedManifest) {
  return {
    ...item,
    createdAt: timeOf(createdAt),
    ...(pulledAt === undefined ? {} : { pulledAt: timeOf(pulledAt) }),
    reachableFrom: { tags, indexes },
  }
}

export const manifestRoutes = [
  route({
    method: 'GET',
    path: '/manifests',
    id: 'listManifests',
    access: { action: 'pull', repo: ({ query }) => [query.repo] },
    summary: 'Manifests of a repository, with and without tags',
    query: Type.Object({
      repo: repository,
      tagged: Type.Optional(Type.Boolean({ description: 'only those with a tag, or without' })),
      kind: Type.Optional(oneOf(manifestKinds)),
      sort: sortBy(['createdAt'], '-createdAt'),
      ...paging,
    }),
    answer: listOf(listed),
    errors: ['NAME_UNKNOWN'],
    async handle({ query: { repo, sort, cursor, ...wanted } }, { listing }) {
      const list = `manifests ${sort}`
      const at = readCursor(cursor, list, position)
      const after = at && { createdAt: at[0], digest: at[1] }
      const { descending } = orderOf(sort)
      const { items, next } = await listing.manifests(repo, { ...wanted, descending, after })
      const end = next && ([next.createdAt, next.digest] as const)
      return pageAnswer(list, { items, next: end }, show)
    },
  }),
]
