import type { RepositoryName } from '../../../../src/oci/name.ts'
import { type Matches, matchRepositories, rulesFor } from '../../../../src/policies/patterns.ts'
import type { QuotaRule } from '../../../../src/policies/rules.ts'
import type { QuotaRefusal } from '../../policies/store.ts'
import type { NewManifest } from '../../store.ts'
import type { Context } from '../context.ts'
import { toColumn } from '../digest-column.ts'
import type { StoredRules } from './stored-rules.ts'
import type { Usage } from './usage.ts'

export const quotaSql = {
  isVisible: `SELECT 1 FROM manifests WHERE repository_id = ? AND digest = ?
    AND deleted_at IS NULL`,
  blobSize: 'SELECT size FROM blobs WHERE id = ?',
  holders: `SELECT r.name FROM manifest_blobs e JOIN manifests m ON m.id = e.manifest_id
    JOIN repositories r ON r.id = m.repository_id WHERE e.blob_id = ? AND m.deleted_at IS NULL`,
}

/** A manifest that is about to be stored. */
export interface Arrival {
  readonly name: RepositoryName
  /** Of its repository, 0 if that is new. */
  readonly repositoryId: number
  readonly manifest: NewManifest
  /** Ids of the blobs it will hold. */
  readonly blobs: Iterable<number>
}

/** Holds quotas, inside of the transaction that stores a manifest. */
export interface QuotaGuard {
  /**
   * Counts what the manifest adds to each quota of its repository; it must be stored then. What it
   * exceeds otherwise: nothing but measurements is written, and it must not be stored.
   */
  admit(arrival: Arrival): QuotaRefusal | undefined
}

export function createQuotaGuard({ db }: Context, rules: StoredRules, usage: Usage): QuotaGuard {
  const isVisible = db.prepare<[number, Buffer]>(quotaSql.isVisible)
  const blobSize = db.prepare<[number], number>(quotaSql.blobSize).pluck()
  const holders = db.prepare<[number], string>(quotaSql.holders).pluck()

  /** Ends with the first holder that matches: a common layer has thousands. */
  function isHeld(blobId: number, matches: Matches): boolean {
    for (const name of holders.iterate(blobId)) if (matches(name)) return true
    return false
  }

  /** What storing it adds to what a rule counts: a blob that is held there already adds nothing. */
  function createCount({ repositoryId, manifest, blobs }: Arrival) {
    const isKnown = isVisible.get(repositoryId, toColumn(manifest.digest)) !== undefined
    return ({ repositories }: QuotaRule): number => {
      const matches = matchRepositories(repositories)
      const fresh = [...blobs].filter((id) => !isHeld(id, matches))
      return fresh.reduce((sum, id) => sum + (blobSize.get(id) ?? 0), isKnown ? 0 : manifest.size)
    }
  }

  function exceeded(rule: QuotaRule, added: number): QuotaRefusal | undefined {
    const { name, bytes: limit } = rule
    if (added === 0 || usage.known(rule) + added <= limit) return undefined
    const used = usage.measure(rule)
    if (used + added <= limit) return undefined
    return { reason: 'quota', rule: name, limit, used, added }
  }

  return {
    admit(arrival) {
      const about = rulesFor(rules.current('quota'), arrival.name)
      if (about.length === 0) return undefined
      const count = createCount(arrival)
      const wanted = about.map((rule) => ({ rule, added: count(rule) }))
      for (const { rule, added } of wanted) {
        const refusal = exceeded(rule, added)
        if (refusal) return refusal
      }
      for (const { rule, added } of wanted) if (added > 0) usage.add(rule, added)
      return undefined
    },
  }
}
