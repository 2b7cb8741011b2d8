import { Type } from 'typebox'
import { manifestKinds } from '../../src/oci/manifest-kind.ts'
import type { Tag } from '../../src/oci/reference.ts'
import type { ListedTag } from '../../src/services/listing/tags.ts'
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
  substring,
  tag,
  time,
  timeOf,
} from './fields.ts'
import { route } from './route.ts'

const listed = named('Tag', {
  name: tag,
  digest,
  mediaType: Type.String(),
  artifactType: Type.Optional(
    Type.String({ description: "the manifest's own, or its config's type" }),
  ),
  kind: oneOf(manifestKinds),
  size: Type.Integer({
    minimum: 0,
    description: 'bytes of all that one gets who pulls it whole, each blob counted once',
  }),
  platforms: Type.Array(Type.Object({ platform: Type.String(), digest, size: bytes }), {
    description: 'of an index; empty for an image, and for an index longer than 64 KiB',
  }),
  pushedAt: time,
  pulledAt: Type.Optional(time),
  pulls: count,
  sameDigest: Type.Array(tag, {
    maxItems: 20,
    description: 'other tags of the same manifest, the first 20',
  }),
  referrers: Type.Object(
    { signature: count, sbom: count, attestation: count, other: count },
    { description: 'what refers to it, counted up to 100 in all' },
  ),
})

/** Position in a list, whichever its order. */
const position = Type.Tuple([Type.Integer(), Type.String()])

function show({ pushedAt, pulledAt, ...item }: ListedTag) {
  return {
    ...item,
    pushedAt: timeOf(pushedAt),
    ...(pulledAt === undefined ? {} : { pulledAt: timeOf(pulledAt) }),
  }
}

export const tagRoutes = [
  route({
    method: 'GET',
    path: '/tags',
    id: 'listTags',
    access: { action: 'pull', repo: ({ query }) => [query.repo] },
    summary: 'Tags of a repository',
    query: Type.Object({
      repo: repository,
      q: substring,
      sort: sortBy(['name', 'pushedAt'], 'name'),
      ...paging,
    }),
    answer: listOf(listed),
    errors: ['NAME_UNKNOWN'],
    async handle({ query: { repo, q, sort, limit, cursor } }, { listing }) {
      const list = `tags ${sort}`
      const at = readCursor(cursor, list, position)
      const after = at && { pushedAt: at[0], name: at[1] as Tag }
      const found = await listing.tags(repo, { ...orderOf(sort), contains: q, after, limit })
      const { items, next } = found
      const end = next && ([next.pushedAt, next.name] as const)
      return pageAnswer(list, { items, next: end }, show)
    },
  }),
]
