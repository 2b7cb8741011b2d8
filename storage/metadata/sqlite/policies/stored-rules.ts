import type { Policies, PolicyKind } from '../../../../src/policies/rules.ts'
import type { ReadStatement } from '../reads.ts'

export const storedRulesSql = {
  version: 'SELECT version FROM policies WHERE kind = ?',
  rules: 'SELECT rules FROM policies WHERE kind = ?',
}

/** The rules in force, as the connection sees them: parsed once a version. */
export interface StoredRules {
  current<Kind extends PolicyKind>(kind: Kind): Policies[Kind]
}

type PrepareColumn = <Value>(sql: string) => Pick<ReadStatement<[string], Value>, 'get'>

interface Parsed {
  readonly version: number
  readonly rules: Policies[PolicyKind]
}

export function createStoredRules(prepareColumn: PrepareColumn): StoredRules {
  const versionOf = prepareColumn<number>(storedRulesSql.version)
  const rulesOf = prepareColumn<string>(storedRulesSql.rules)
  const cache = new Map<PolicyKind, Parsed>()
  return {
    current<Kind extends PolicyKind>(kind: Kind) {
      const version = versionOf.get(kind) ?? 0
      const known = cache.get(kind)
      if (known?.version === version) return known.rules as Policies[Kind]
      const rules = JSON.parse(rulesOf.get(kind) ?? '[]') as Policies[Kind]
      cache.set(kind, { version, rules })
      return rules
    },
  }
}
