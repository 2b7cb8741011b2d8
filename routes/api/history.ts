import { Type } from 'typebox'
import type { Digest } from '../../src/oci/digest.ts'
import { OciError } from '../../src/oci/errors.ts'
import type { RepositoryName } from '../../src/oci/name.ts'
import type { Tag } from '../../src/oci/reference.ts'
import { neverPointed, type TagMove } from '../../src/services/history.ts'
import type { Listing } from '../../src/services/listing/create.ts'
import { actorOf } from '../http/actor.ts'
import { pageAnswer, readCursor } from './cursor.ts'
import { bodyOf, digest, listOf, named, paging, repository, tag, time, timeOf } from './fields.ts'
import { route } from './route.ts'
import type { ApiServices } from './services.ts'

const move = named('TagMove', {
  repo: repository,
  tag,
  from: Type.Optional(digest),
  to: Type.Optional(digest),
  at: time,
  actor: Type.Optional(Type.String({ description: 'who; absent where nobody has to say that' })),
  client: Type.String({ description: 'where it came from' }),
  deletion: Type.Optional(Type.Integer({ description: 'the deletion it was part of' })),
  restorable: Type.Boolean({ description: 'whether the tag can be pointed at `from` again' }),
  keptUntil: Type.Optional(
    Type.String({ format: 'date-time', description: 'until when `from` is kept for that alone' }),
  ),
})

const position = Type.Tuple([Type.Integer({ minimum: 0 })])

function showMove({ position: _, repository: repo, by, at, keptUntil, ...rest }: TagMove) {
  return {
    ...rest,
    repo,
    at: timeOf(at),
    client: by.client,
    ...(by.name === undefined ? {} : { actor: by.name }),
    ...(keptUntil === undefined ? {} : { keptUntil: timeOf(keptUntil) }),
  }
}

interface Restore {
  readonly repo: RepositoryName
  readonly tag: Tag
  readonly digest: Digest
}

/** Whether the tag is there, and would be moved. */
async function pointsElsewhere(
  listing: Listing,
  { repo, tag: name, digest: wanted }: Restore,
): Promise<boolean> {
  try {
    const { digest: found, indexDigest = found } = await listing.resolve(
      `${repo}:${name}`,
      undefined,
    )
    return indexDigest !== wanted
  } catch (error) {
    if (error instanceof OciError && error.code === 'MANIFEST_UNKNOWN') return false
    throw error
  }
}

interface AskedRestore {
  readonly body: Restore
}

const restoring = {
  action: 'push',
  repoInBody: ({ body }: AskedRestore) => [body.repo],
  async also({ body }: AskedRestore, { listing }: Pick<ApiServices, 'listing'>) {
    return (await pointsElsewhere(listing, body)) ? (['overwrite'] as const) : []
  },
  absent({ body: { repo, tag: name, digest: wanted } }: AskedRestore): never {
    throw neverPointed(repo, name, wanted)
  },
} as const

export const historyRoutes = [
  route({
    method: 'GET',
    path: '/tags/history',
    id: 'listTagMoves',
    access: {
      action: 'pull',
      repo: ({ query }) => [query.repo],
      absent: () => ({ items: [] }),
    },
    summary: 'Where a tag pointed, the newest move first',
    query: Type.Object({ repo: repository, tag, ...paging }),
    answer: listOf(move),
    async handle({ query: { repo, tag: name, limit, cursor } }, { history }) {
      const [before] = readCursor(cursor, 'tag-moves', position) ?? []
      const { items, next } = await history.moves({ repository: repo, tag: name, before, limit })
      return pageAnswer('tag-moves', { items, next: next === undefined ? next : [next] }, showMove)
    },
  }),
  route({
    method: 'GET',
    path: '/activity',
    id: 'listActivity',
    access: 'filtered',
    summary: 'Moves of tags, of all repositories or of one, the newest first',
    query: Type.Object({ repo: Type.Optional(repository), ...paging }),
    answer: listOf(move),
    async handle({ query: { repo, limit, cursor } }, { history }) {
      const [before] = readCursor(cursor, 'activity', position) ?? []
      const { items, next } = await history.moves({ repository: repo, before, limit })
      return pageAnswer('activity', { items, next: next === undefined ? next : [next] }, showMove)
    },
  }),
  route({
    method: 'POST',
    path: '/tags/restore',
    id: 'restoreTag',
    access: restoring,
    summary: 'Point a tag at what it pointed at before',
    description:
      'Brings back a tag that was overwritten or deleted, with its image if that was deleted, too.',
    body: bodyOf('TagRestore', { repo: repository, tag, digest }),
    answer: named('RestoredTag', {
      repo: repository,
      tag,
      digest,
      from: Type.Optional(digest),
    }),
    errors: ['MANIFEST_UNKNOWN', 'CONFLICT'],
    async handle({ body: { repo, tag: name, digest: wanted }, request }, { history }) {
      const from = await history.restore(repo, name, wanted, actorOf(request))
      return { repo, tag: name, digest: wanted, ...(from === undefined ? {} : { from }) }
    },
  }),
]
