import { matchRepositories, rulesFor } from '../../../../src/policies/patterns.ts'
import type { Policies, PolicyKind, QuotaRule } from '../../../../src/policies/rules.ts'
import type { PolicyTable, QuotaUse } from '../../policies/store.ts'
import type { ActivityRows } from '../activity/rows.ts'
import type { Context } from '../context.ts'
import { toColumn } from '../digest-column.ts'
import type { Guard } from './guard.ts'
import { createStoredRules } from './stored-rules.ts'
import { createTimes } from './times.ts'
import { usageSql } from './usage.ts'

export const policySql = {
  get: `SELECT rules, version, changed_at AS changedAt, actor, client FROM policies
    WHERE kind = ?`,
  version: 'SELECT version FROM policies WHERE kind = ?',
  put: `INSERT INTO policies (kind, rules, version, changed_at, actor, client)
    VALUES (@kind, @rules, @version, @changedAt, @actor, @client)
    ON CONFLICT (kind) DO UPDATE SET rules = excluded.rules, version = excluded.version,
    changed_at = excluded.changed_at, actor = excluded.actor, client = excluded.client`,
  holders: `SELECT r.name FROM blobs b JOIN manifest_blobs e ON e.blob_id = b.id
    JOIN manifests m ON m.id = e.manifest_id JOIN repositories r ON r.id = m.repository_id
    WHERE b.digest = ? AND m.deleted_at IS NULL`,
}

interface DocumentRow {
  readonly rules: string
  readonly version: number
  readonly changedAt: number
  readonly actor: string | null
  readonly client: string
}

type Bound = DocumentRow & { readonly kind: string }

interface PolicyParts {
  readonly guard: Guard
  readonly activity: ActivityRows
}

function createDocuments({ db, reads, write, now }: Context, { guard, activity }: PolicyParts) {
  const get = reads.prepare<[string], DocumentRow>(policySql.get)
  const versionOf = db.prepare<[string], number>(policySql.version).pluck()
  const put = db.prepare<[Bound]>(policySql.put)
  const documents: Pick<PolicyTable, 'get' | 'put'> = {
    async get<Kind extends PolicyKind>(kind: Kind) {
      const row = get.get(kind)
      if (!row) return undefined
      const { version, changedAt, actor, client } = row
      const rules = JSON.parse(row.rules) as Policies[Kind]
      return { rules, version, changedAt, actor: { name: actor ?? undefined, client } }
    },
    put: (kind, rules, expected, actor) =>
      write(() => {
        if ((versionOf.get(kind) ?? 0) !== expected) return undefined
        const bound = { kind, rules: JSON.stringify(rules), version: expected + 1 }
        const { name = null, client } = actor
        put.run({ ...bound, changedAt: now(), actor: name, client })
        if (kind === 'quota') guard.usage.forget()
        activity.note('rules', actor, { detail: { kind, version: expected + 1 } })
        return expected + 1
      }),
  }
  return documents
}

function createQuotas({ reads, write }: Context, { guard }: PolicyParts) {
  const rules = createStoredRules(<Value>(sql: string) => reads.prepareColumn<[string], Value>(sql))
  const known = reads.prepareColumn<[string], number>(usageSql.known)
  const holders = reads.prepareColumn<[Buffer], string>(policySql.holders)
  const useOf = ({ name, bytes }: QuotaRule): QuotaUse => ({
    rule: name,
    limit: bytes,
    used: known.get(name),
  })
  const quotas: Pick<PolicyTable, 'quotas' | 'allQuotas' | 'measure' | 'holds'> = {
    async quotas(repository) {
      return rulesFor(rules.current('quota'), repository).map(useOf)
    },
    async allQuotas() {
      return rules.current('quota').map(useOf)
    },
    measure: (wanted) =>
      write(() => {
        const rule = guard.rules.current('quota').find(({ name }) => name === wanted)
        return rule && { rule: wanted, limit: rule.bytes, used: guard.usage.measure(rule) }
      }),
    async holds(wanted, blob) {
      const rule = rules.current('quota').find(({ name }) => name === wanted)
      return holders.all(toColumn(blob)).some(matchRepositories(rule?.repositories ?? []))
    },
  }
  return quotas
}

export function createPolicies(context: Context, parts: PolicyParts): PolicyTable {
  return {
    ...createDocuments(context, parts),
    ...createQuotas(context, parts),
    ...createTimes(context),
  }
}
