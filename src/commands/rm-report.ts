import { humanBytes } from '../services/human-bytes.ts'
import { count } from './task.ts'

/** As the management API tells them. */
export interface Deletion {
  readonly id: number
  readonly repo: string
  readonly undoUntil?: string
}

interface Held {
  readonly digest: string
  readonly heldBy: readonly { kind: string; tag?: string; digest?: string }[]
}

export interface DeletionPlan {
  readonly tags: readonly { readonly tag: string; readonly digest: string }[]
  readonly manifests: readonly {
    readonly digest: string
    readonly because: string
    readonly tags: readonly string[]
  }[]
  readonly kept: readonly Held[]
  readonly unknown: { readonly tags: readonly string[]; readonly digests: readonly string[] }
  readonly freedBytes: number
  readonly freedBlobs: number
  readonly keptBytes: number
  readonly keptBlobs: number
  readonly keptBy: readonly { repo: string; digest: string; tags: readonly string[] }[]
  readonly freedFrom: { readonly undoable: string; readonly purged: string }
}

/** With a whole repository goes all of it. */
export interface RepositoryPlan {
  readonly totals: { readonly tags: number; readonly manifests: number }
  readonly freedBytes: number
  readonly keptBytes: number
  readonly freedFrom: { readonly undoable: string; readonly purged: string }
}

export function formatRepositoryPlan(repo: string, plan: RepositoryPlan, purge: boolean): string {
  const { totals, freedBytes, keptBytes, freedFrom } = plan
  const when = purge ? freedFrom.purged : freedFrom.undoable
  return join([
    `would delete the repository ${repo}: ${count(totals.tags, 'tag')}, ${count(totals.manifests, 'image')}`,
    `frees ${humanBytes(freedBytes)}, from ${when} on`,
    ...(keptBytes === 0 ? [] : [`${humanBytes(keptBytes)} stay: other repositories use them`]),
  ])
}

function lines(verb: string, plan: DeletionPlan): readonly string[] {
  const tags = plan.tags.map(({ tag, digest }) => `${verb} tag ${tag} (${digest})`)
  const manifests = plan.manifests.map(
    ({ digest, because }) => `${verb} image ${digest}: ${because}`,
  )
  const kept = plan.kept.map(({ digest, heldBy }) => {
    const holders = heldBy.map(({ kind, tag, digest: by }) => `${kind} ${tag ?? by}`)
    return `keeps image ${digest}: ${holders.join(', ')}`
  })
  const unknown = [...plan.unknown.tags, ...plan.unknown.digests].map(
    (name) => `not there: ${name}`,
  )
  const all = [...tags, ...manifests, ...kept, ...unknown]
  // A name that is not there would be told; so it was a pattern.
  return all.length === 0 ? ['no tag fits this pattern'] : all
}

/** What comes back, when, and what does not. */
function space(plan: DeletionPlan, purge: boolean): readonly string[] {
  const { freedBlobs, freedBytes, keptBlobs, keptBytes, keptBy, freedFrom } = plan
  const when = purge ? freedFrom.purged : freedFrom.undoable
  const freed = `frees ${humanBytes(freedBytes)} in ${count(freedBlobs, 'blob')}, from ${when} on`
  const [first] = keptBy
  if (first === undefined) return [freed]
  const name =
    first.tags[0] === undefined ? `${first.repo}@${first.digest}` : `${first.repo}:${first.tags[0]}`
  const others = keptBy.length > 1 ? ' and others' : ''
  return [
    freed,
    `keeps ${humanBytes(keptBytes)} in ${count(keptBlobs, 'blob')}, used by ${name}${others}`,
  ]
}

function join(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('')
}

export function formatPlan(plan: DeletionPlan, purge: boolean): string {
  if (plan.manifests.length === 0) return join(lines('would delete', plan))
  return join([...lines('would delete', plan), ...space(plan, purge)])
}

/** How to take it back, while that is possible. */
function undo({ id, undoUntil }: Deletion): readonly string[] {
  if (undoUntil === undefined) return []
  return [`deletion ${id} can be undone until ${undoUntil}: POST /api/v1/deletions/${id}/undo`]
}

export function formatDeleted(
  { plan, deletion }: { readonly plan: DeletionPlan; readonly deletion?: Deletion },
  purge: boolean,
): string {
  const freed = plan.manifests.length === 0 ? [] : space(plan, purge)
  return join([...lines('deleted', plan), ...freed, ...(deletion ? undo(deletion) : [])])
}

export function formatDeletedRepository(deletion: Deletion): string {
  return join([`deleted the repository ${deletion.repo}`, ...undo(deletion)])
}
