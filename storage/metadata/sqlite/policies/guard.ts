import type { Context } from '../context.ts'
import { createQuotaGuard, type QuotaGuard } from './quota-guard.ts'
import { createStoredRules, type StoredRules } from './stored-rules.ts'
import { createTagGuard, type TagGuard } from './tag-guard.ts'
import { createUsage, type Usage } from './usage.ts'

/** Holds the rules, inside of the transactions that write. */
export interface Guard extends TagGuard, QuotaGuard {
  /** The rules as the transaction sees them. */
  readonly rules: StoredRules
  readonly usage: Usage
}

export function createGuard(context: Context): Guard {
  const rules = createStoredRules(
    <Value>(sql: string) =>
      context.db.prepare<[string], Value>(sql).pluck() as unknown as {
        get(kind: string): Value | undefined
      },
  )
  const usage = createUsage(context)
  return {
    ...createTagGuard(context, rules),
    ...createQuotaGuard(context, rules, usage),
    rules,
    usage,
  }
}
