import { setTimeout as sleep } from 'node:timers/promises'
import type {
  Deletion,
  DeletionPlan,
  DeletionRequest,
  Undone,
} from '../../../storage/metadata/deletions/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Actor } from '../../oci/actor.ts'
import { OciError } from '../../oci/errors.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { refusalError } from '../policies/refusal.ts'
import { Problem } from '../problem.ts'
import { createSelection, type Selection } from './selection.ts'
import { createPlanWhole, type RepositoryPlan, type WholeDeps } from './whole.ts'

export type { Deletion, DeletionPlan, DeletionRequest, RepositoryPlan, Selection, Undone }

export interface DeleteOptions {
  readonly by: Actor
  /** No undo. */
  readonly purge: boolean
  /** The version of the plan that somebody agreed to; without it whatever is there goes. */
  readonly version?: string | undefined
}

/** What a deletion did; nothing if `deletion` is absent. */
export interface Deleted {
  readonly plan: DeletionPlan
  readonly deletion?: Deletion
}

/** Deleting by the management API: see `DeletionTable` for what goes with what. */
export interface Deletions {
  /** What would go. @throws OciError NAME_UNKNOWN */
  preview(repository: RepositoryName, selection: Selection): Promise<DeletionPlan>
  /** What would go with the whole repository. @throws OciError NAME_UNKNOWN */
  previewRepository(repository: RepositoryName): Promise<RepositoryPlan>
  /**
   * @throws OciError NAME_UNKNOWN, UNSUPPORTED if deleting is switched off.
   * @throws Problem PRECONDITION_FAILED if the plan is another one by now; nothing is changed.
   */
  delete(repository: RepositoryName, selection: Selection, options: DeleteOptions): Promise<Deleted>
  /** Deletes all tags and manifests of a repository. @throws as `delete` */
  deleteRepository(
    repository: RepositoryName,
    options: Omit<DeleteOptions, 'version'>,
  ): Promise<Deletion>
  /** @throws Problem NOT_FOUND */
  find(id: number): Promise<Deletion>
  /** Gives up the undo for the space. @throws Problem CONFLICT if it was undone; NOT_FOUND */
  purge(id: number, by: Actor): Promise<Deletion>
  /** @throws Problem CONFLICT if it is too late, or was undone already; NOT_FOUND */
  undo(id: number, by: Actor): Promise<Undone>
}

/** Manifests of a repository that go in one transaction. */
const stepSize = 200

function unknown(repository: RepositoryName): OciError {
  return new OciError('NAME_UNKNOWN', { detail: { name: repository } })
}

function refuseOtherPlan({ version }: DeletionPlan, wanted: string | undefined): void {
  if (wanted === undefined || wanted === version) return
  throw new Problem('PRECONDITION_FAILED', {
    message: 'what would go is no longer what was agreed to; look at the preview again',
    params: { version },
  })
}

function tooLate({ undoneAt }: Deletion): Problem {
  const why = undoneAt === undefined ? 'can no longer be undone' : 'was undone already'
  return new Problem('CONFLICT', { message: `this deletion ${why}` })
}

/** The refusal of a deletion that never was. */
export function unknownDeletion(id: number): Problem {
  return new Problem('NOT_FOUND', { message: `there is no deletion ${id}` })
}

export interface DeletionDeps extends WholeDeps {
  readonly metadata: WholeDeps['metadata'] & Pick<MetadataStore, 'deletions' | 'tags'>
  readonly enabled: boolean
}

export function createDeletions(deps: DeletionDeps): Deletions {
  const { deletions } = deps.metadata
  const select = createSelection(deps.metadata)

  function refuseDisabled(): void {
    if (deps.enabled) return
    throw new OciError('UNSUPPORTED', {
      message: 'deletion is switched off in this registry (delete.enabled)',
    })
  }

  async function preview(repository: RepositoryName, selection: Selection): Promise<DeletionPlan> {
    const plan = await deletions.plan(repository, await select(repository, selection))
    if (!plan) throw unknown(repository)
    return plan
  }

  async function find(id: number): Promise<Deletion> {
    const deletion = await deletions.find(id)
    if (deletion) return deletion
    throw unknownDeletion(id)
  }

  return {
    find,
    preview,
    previewRepository: createPlanWhole(deps),
    async delete(repository, selection, options) {
      refuseDisabled()
      const request = await select(repository, selection)
      const done = await deletions.perform(repository, request, options)
      if (!done) throw unknown(repository)
      if (done.refused) throw refusalError(repository, done.refused)
      refuseOtherPlan(done.plan, options.version)
      return done
    },
    async deleteRepository(repository, options) {
      refuseDisabled()
      let deletion: number | undefined
      for (;;) {
        const begun = performance.now()
        const step = await deletions.performAll(repository, stepSize, { ...options, deletion })
        if (!step) throw unknown(repository)
        if (step.refused) throw refusalError(repository, step.refused)
        if (step.done) return step.deletion
        deletion = step.deletion.id
        await sleep(performance.now() - begun)
      }
    },
    async purge(id, by) {
      refuseDisabled()
      return (await deletions.purge(id, by)) ?? Promise.reject(tooLate(await find(id)))
    },
    async undo(id, by) {
      const undone = await deletions.undo(id, by)
      if (undone) return undone
      throw tooLate(await find(id))
    },
  }
}
