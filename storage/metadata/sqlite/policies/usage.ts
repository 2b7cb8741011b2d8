import { type Matches, matchRepositories } from '../../../../src/policies/patterns.ts'
import type { QuotaRule } from '../../../../src/policies/rules.ts'
import type { Context } from '../context.ts'

export const usageSql = {
  names: 'SELECT id, name FROM repositories',
  blobBytes: `SELECT coalesce(sum(b.size), 0) FROM blobs b WHERE b.id IN (
    SELECT e.blob_id FROM json_each(?) JOIN manifests m ON m.repository_id = json_each.value
    JOIN manifest_blobs e ON e.manifest_id = m.id WHERE m.deleted_at IS NULL)`,
  manifestBytes: `SELECT coalesce(sum(m.size), 0) FROM json_each(?)
    JOIN manifests m ON m.repository_id = json_each.value WHERE m.deleted_at IS NULL`,
  known: 'SELECT bytes FROM quota_usage WHERE rule = ?',
  knownLately: 'SELECT bytes FROM quota_usage WHERE rule = ? AND measured_at > ?',
  exact: 'SELECT bytes FROM quota_usage WHERE rule = ? AND exact = 1 AND measured_at > ?',
  remember: `INSERT INTO quota_usage (rule, bytes, exact, measured_at) VALUES (?, ?, 1, ?)
    ON CONFLICT (rule)
    DO UPDATE SET bytes = excluded.bytes, exact = 1, measured_at = excluded.measured_at`,
  add: 'UPDATE quota_usage SET bytes = bytes + ? WHERE rule = ?',
  forget: 'DELETE FROM quota_usage',
}

/** What is used of quotas; every function runs inside of its caller's transaction. Bytes. */
export interface Usage {
  /** As far as is known; measured if nothing is, or nothing new for long. */
  known(rule: QuotaRule): number
  /** Measured now if what is known is not exact, unless measuring takes long and was just done. */
  measure(rule: QuotaRule): number
  add(rule: QuotaRule, bytes: number): void
  /** Everything has to be measured anew. */
  forget(): void
}

/** What comes without a put (a layer that a manifest named already) is found after this time. */
const measureAgainMs = 3_600_000

/**
 * Measuring that takes longer than this, in milliseconds, rests for so many times as long: it holds
 * everybody up, and pushes that are refused may come without a pause.
 */
const longMs = 50
const restFactor = 20

interface NameRow {
  readonly id: number
  readonly name: string
}

export function createUsage({ db, now }: Context): Usage {
  const names = db.prepare<[], NameRow>(usageSql.names)
  const blobBytes = db.prepare<[string], number>(usageSql.blobBytes).pluck()
  const manifestBytes = db.prepare<[string], number>(usageSql.manifestBytes).pluck()
  const known = db.prepare<[string], number>(usageSql.known).pluck()
  const knownLately = db.prepare<[string, number], number>(usageSql.knownLately).pluck()
  const exact = db.prepare<[string, number], number>(usageSql.exact).pluck()
  const remember = db.prepare<[string, number, number]>(usageSql.remember)
  const add = db.prepare<[number, string]>(usageSql.add)
  const forget = db.prepare<[]>(usageSql.forget)
  const restUntil = new Map<string, number>()

  function sum(matches: Matches): number {
    const ids = names.all().filter(({ name }) => matches(name))
    const list = JSON.stringify(ids.map(({ id }) => id))
    return (blobBytes.get(list) ?? 0) + (manifestBytes.get(list) ?? 0)
  }

  function measure({ name, repositories }: QuotaRule): number {
    const begun = performance.now()
    const isResting = begun < (restUntil.get(name) ?? 0)
    const last = isResting ? known.get(name) : exact.get(name, now() - measureAgainMs)
    if (last !== undefined) return last
    const bytes = sum(matchRepositories(repositories))
    remember.run(name, bytes, now())
    const ended = performance.now()
    if (ended - begun > longMs) restUntil.set(name, ended + restFactor * (ended - begun))
    return bytes
  }

  return {
    known: (rule) => knownLately.get(rule.name, now() - measureAgainMs) ?? measure(rule),
    measure,
    add({ name }, bytes) {
      add.run(bytes, name)
    },
    forget() {
      forget.run()
    },
  }
}
