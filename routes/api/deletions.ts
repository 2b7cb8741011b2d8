import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { RepositoryName } from '../../src/oci/name.ts'
import {
  type Deletion,
  type DeletionPlan,
  type RepositoryPlan,
  unknownDeletion,
} from '../../src/services/deletions/deletions.ts'
import { actorOf } from '../http/actor.ts'
import { askerOf } from '../http/asker.ts'
import { deletionFields, deletionPlan, repositoryPlan, selection } from './deletion-fields.ts'
import { bodyOf, named, repository, tag, time, timeOf } from './fields.ts'
import { route } from './route.ts'
import type { ApiServices } from './services.ts'

const deletion = named('Deletion', {
  id: Type.Integer({ minimum: 1 }),
  repo: repository,
  at: time,
  undoUntil: Type.Optional(time),
  undoneAt: Type.Optional(time),
})

function showDeletion({ id, repository: repo, at, undoUntil, undoneAt }: Deletion) {
  return {
    id,
    repo,
    at: timeOf(at),
    ...(undoUntil === undefined ? {} : { undoUntil: timeOf(undoUntil) }),
    ...(undoneAt === undefined ? {} : { undoneAt: timeOf(undoneAt) }),
  }
}

function showPlan(
  { collectable, freed, shared, ...plan }: DeletionPlan,
  isVisible: (repository: string) => boolean,
) {
  return {
    ...plan,
    freedBytes: freed.bytes,
    freedBlobs: freed.blobs,
    keptBytes: shared.bytes,
    keptBlobs: shared.blobs,
    keptBy: shared.heldBy
      .filter(({ repository: repo }) => isVisible(repo))
      .map(({ repository: repo, ...rest }) => ({ ...rest, repo })),
    freedFrom: {
      undoable: timeOf(collectable.undoable),
      purged: timeOf(collectable.purged),
    },
  }
}

function showWhole({ collectable, ...plan }: RepositoryPlan) {
  const { undoable, purged } = collectable
  return { ...plan, freedFrom: { undoable: timeOf(undoable), purged: timeOf(purged) } }
}

function selectionOf({ tags = [], digests = [], matching }: Static<typeof selection>) {
  return { tags, digests, matching }
}

const ofBody = {
  action: 'delete',
  repoInBody: ({ body }: { readonly body: { readonly repo: RepositoryName } }) => [body.repo],
} as const

const ofDeletion = {
  action: 'delete',
  repoInBody: async ({ path }: OfId, { deletions }: Pick<ApiServices, 'deletions'>) => [
    (await deletions.find(path.id)).repository,
  ],
  absent({ path }: OfId): never {
    throw unknownDeletion(path.id)
  },
} as const

interface OfId {
  readonly path: { readonly id: number }
}

/** Other repositories that hold the same content are named to those who may pull from them. */
function visibleTo(request: FastifyRequest): (repository: string) => boolean {
  const { identity, rights } = askerOf(request)
  return rights.visible(identity).includes
}

export const deletionRoutes = [
  route({
    method: 'POST',
    path: '/deletions/preview',
    id: 'previewDeletion',
    access: ofBody,
    summary: 'What would go, what would stay and why, and what that frees',
    body: selection,
    answer: Type.Union([deletionPlan, repositoryPlan]),
    errors: ['NAME_UNKNOWN', 'CONFLICT'],
    async handle({ body, request }, { deletions }) {
      if (body.all) return showWhole(await deletions.previewRepository(body.repo))
      return showPlan(await deletions.preview(body.repo, selectionOf(body)), visibleTo(request))
    },
  }),
  route({
    method: 'POST',
    path: '/deletions',
    id: 'createDeletion',
    access: ofBody,
    summary: 'Delete tags and images of a repository',
    description:
      'Deletes what the preview of the same request tells. With `version` of a preview it is refused if that has changed. It can be undone until `undoUntil`, unless `purge` asked for the space instead.',
    body: bodyOf('DeletionRequest', {
      ...deletionFields,
      purge: Type.Optional(Type.Boolean({ description: 'no undo' })),
      version: Type.Optional(Type.String({ maxLength: 64 })),
    }),
    answer: named('DeletionResult', { plan: deletionPlan, deletion: Type.Optional(deletion) }),
    errors: ['NAME_UNKNOWN', 'UNSUPPORTED', 'CONFLICT', 'PRECONDITION_FAILED'],
    async handle({ body, request }, { deletions }) {
      const options = { by: actorOf(request), purge: body.purge ?? false, version: body.version }
      const done = await deletions.delete(body.repo, selectionOf(body), options)
      const shown = { plan: showPlan(done.plan, visibleTo(request)) }
      return done.deletion ? { ...shown, deletion: showDeletion(done.deletion) } : shown
    },
  }),
  route({
    method: 'POST',
    path: '/deletions/{id}/undo',
    id: 'undoDeletion',
    access: ofDeletion,
    summary: 'Bring back what a deletion took',
    parameters: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
    body: bodyOf('Nothing', {}),
    answer: named('UndoneDeletion', {
      manifests: Type.Integer({ minimum: 0 }),
      tags: Type.Array(tag),
      taken: Type.Array(tag, { description: 'tags that point elsewhere by now' }),
    }),
    errors: ['CONFLICT'],
    handle: ({ path, request }, { deletions }) => deletions.undo(path.id, actorOf(request)),
  }),
  route({
    method: 'POST',
    path: '/deletions/{id}/purge',
    id: 'purgeDeletion',
    access: ofDeletion,
    summary: 'Give up the undo of a deletion, so that its space comes back after the grace',
    parameters: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
    body: bodyOf('Nothing', {}),
    answer: deletion,
    errors: ['CONFLICT', 'UNSUPPORTED'],
    handle: async ({ path, request }, { deletions }) =>
      showDeletion(await deletions.purge(path.id, actorOf(request))),
  }),
  route({
    method: 'DELETE',
    path: '/repo',
    id: 'deleteRepository',
    access: { action: 'delete', repo: ({ query }) => [query.repo] },
    summary: 'Delete a repository with all its tags and images',
    query: Type.Object({ repo: repository, purge: Type.Boolean({ default: false }) }),
    answer: deletion,
    errors: ['NAME_UNKNOWN', 'UNSUPPORTED'],
    async handle({ query: { repo, purge }, request }, { deletions }) {
      return showDeletion(await deletions.deleteRepository(repo, { by: actorOf(request), purge }))
    },
  }),
]
