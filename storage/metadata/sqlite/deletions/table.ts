import { createHash } from 'node:crypto'
import type { RepositoryName } from '../../../../src/oci/name.ts'
import type {
  Deletion,
  DeletionOptions,
  DeletionPlan,
  DeletionRequest,
  DeletionTable,
  DoomedManifest,
} from '../../deletions/store.ts'
import type { ActivityRows } from '../activity/rows.ts'
import { nobody } from '../change.ts'
import { atMost, type Context } from '../context.ts'
import { fromColumn } from '../digest-column.ts'
import type { Guard } from '../policies/guard.ts'
import { orRefused } from '../policies/refusal.ts'
import type { RepositoryRows } from '../repositories.ts'
import { createDeleteAll } from './all.ts'
import { type Candidate, type Closure, findClosure } from './closure.ts'
import { createFindFreed } from './freed.ts'
import { stillMeant } from './meant.ts'
import type { Perform } from './perform.ts'
import { createPurge } from './purge.ts'
import { createRelations, type Relations } from './relations.ts'
import type { DeletionRows } from './rows.ts'
import { createUndo, type UndoParts } from './undo.ts'

function versionOf(plan: Omit<DeletionPlan, 'version' | 'collectable'>): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 32)
}

function createPlanner(context: Context, relations: Relations) {
  const { now, graceMs, keepMs } = context
  const findFreed = createFindFreed(context)

  function describe(candidate: Candidate): DoomedManifest {
    const { digest, mediaType, size, because } = candidate
    const tags = relations.tagsOf(candidate)
    return { digest: fromColumn(digest), mediaType, size, because, tags }
  }

  return ({ tags, doomed, kept, unknown }: Closure): DeletionPlan => {
    const plan = {
      tags: [...tags].map(([tag, { digest }]) => ({ tag, digest: fromColumn(digest) })),
      manifests: [...doomed.values()].map(describe),
      kept,
      unknown,
      ...findFreed(doomed),
    }
    // Undone no more, a manifest is removed; then its blobs wait for the grace.
    const collectable = { undoable: now() + keepMs + graceMs, purged: now() + graceMs }
    return { ...plan, collectable, version: versionOf(plan) }
  }
}

export interface DeletionParts extends UndoParts {
  readonly rows: DeletionRows
  readonly repositories: RepositoryRows
  readonly perform: Perform
  readonly guard: Guard
  readonly activity: ActivityRows
}

export function createDeletions(context: Context, parts: DeletionParts): DeletionTable {
  const { db, write } = context
  const { rows, repositories, perform, activity } = parts
  const relations = createRelations(context)
  const toPlan = createPlanner(context, relations)
  const deleteAll = createDeleteAll(context, parts)
  const undo = createUndo(context, parts)
  const purge = createPurge(context, parts)

  function planIn(name: RepositoryName, request: DeletionRequest) {
    const repositoryId = repositories.idOf(name)
    if (repositoryId === undefined) return undefined
    const closure = findClosure(relations, repositoryId, request)
    return { repositoryId, closure, plan: toPlan(closure) }
  }
  const planAtOnce = db.transaction((name: RepositoryName, request: DeletionRequest) =>
    planIn(name, request),
  )

  function performPlan(name: RepositoryName, wanted: DeletionRequest, options: DeletionOptions) {
    const request = stillMeant(relations, repositories.idOf(name), wanted, options)
    const planned = planIn(name, request)
    if (planned === undefined) return undefined
    const { repositoryId, closure, plan } = planned
    const { version = plan.version } = options
    if (version !== plan.version) return { plan }
    if (closure.tags.size + closure.doomed.size === 0) return { plan }
    const doing = { ...options, repositoryId }
    const id = perform(doing, [...closure.tags.keys()], [...closure.doomed.values()])
    return { plan, deletion: found(id) }
  }

  function isOpen({ undoneAt, undoUntil = 0 }: Deletion): boolean {
    return undoneAt === undefined && undoUntil > context.now()
  }

  function found(id: number) {
    const deletion = rows.find(id)
    if (deletion === undefined) throw new Error(`the row of deletion ${id} vanished`)
    return deletion
  }

  return {
    async plan(repository, request) {
      return planAtOnce(repository, request)?.plan
    },
    perform: (repository, request, options) =>
      orRefused(write(() => performPlan(repository, request, options))),
    performAll: (repository, limit, options) =>
      orRefused(write(() => deleteAll(repository, atMost(limit), options))),
    async find(id) {
      return rows.find(id)
    },
    purge: (id, by = nobody) =>
      write(() => {
        const deletion = rows.find(id)
        if (deletion === undefined || deletion.undoneAt !== undefined) return undefined
        rows.markPurged(id)
        purge(id)
        const { repository } = deletion
        activity.note('delete', by, { repository, detail: { deletion: id, purged: true } })
        return found(id)
      }),
    undo: (id, by) =>
      write(() => {
        const deletion = rows.find(id)
        if (deletion === undefined || !isOpen(deletion)) return undefined
        rows.markUndone(id)
        const undone = undo(id, by)
        const { manifests, tags } = undone
        const detail = { deletion: id, manifests, tags: tags.length }
        activity.note('restore', by, { repository: deletion.repository, detail })
        return undone
      }),
  }
}
