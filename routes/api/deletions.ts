import { type Static, Type } from 'typebox'
import type {
  Deletion,
  DeletionPlan,
  RepositoryPlan,
} from '../../src/services/deletions/deletions.ts'
import { actorOf } from '../http/actor.ts'
import { deletionFields, deletionPlan, repositoryPlan, selection } from './deletion-fields.ts'
import { bodyOf, named, repository, tag, time, timeOf } from './fields.ts'
import { route } from './route.ts'

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

function showPlan({ collectable, freed, shared, ...plan }: DeletionPlan) {
  return {
    ...plan,
    freedBytes: freed.bytes,
    freedBlobs: freed.blobs,
    keptBytes: shared.bytes,
    keptBlobs: shared.blobs,
    keptBy: shared.heldBy.map(({ repository: repo, ...rest }) => ({ ...rest, repo })),
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

export const deletionRoutes = [
  route({
    method: 'POST',
    path: '/deletions/preview',
    id: 'previewDeletion',
    summary: 'What would go, what would stay and why, and what that frees',
    body: selection,
    answer: Type.Union([deletionPlan, repositoryPlan]),
    errors: ['NAME_UNKNOWN', 'CONFLICT'],
    async handle({ body }, { deletions }) {
      if (body.all) return showWhole(await deletions.previewRepository(body.repo))
      return showPlan(await deletions.preview(body.repo, selectionOf(body)))
    },
  }),
  route({
    method: 'POST',
    path: '/deletions',
    id: 'createDeletion',
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
      const shown = { plan: showPlan(done.plan) }
      return done.deletion ? { ...shown, deletion: showDeletion(done.deletion) } : shown
    },
  }),
  route({
    method: 'POST',
    path: '/deletions/{id}/undo',
    id: 'undoDeletion',
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
    summary: 'Delete a repository with all its tags and images',
    query: Type.Object({ repo: repository, purge: Type.Boolean({ default: false }) }),
    answer: deletion,
    errors: ['NAME_UNKNOWN', 'UNSUPPORTED'],
    async handle({ query: { repo, purge }, request }, { deletions }) {
      return showDeletion(await deletions.deleteRepository(repo, { by: actorOf(request), purge }))
    },
  }),
]
