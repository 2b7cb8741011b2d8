import type { AccountDifference } from '../../../storage/metadata/accounts/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Finding } from './report.ts'

export interface AccountCheckDeps {
  readonly metadata: Pick<MetadataStore, 'accounts'>
  /** Whether what is counted is kept from then on. */
  readonly repair: boolean
}

function toFinding({ repository, what, kept, counted }: AccountDifference): Finding {
  return {
    what: 'metadata',
    problem: 'inconsistent',
    ...(repository === undefined ? {} : { repository }),
    detail: `the accounts say ${kept}, and there are ${counted}: ${what}`,
  }
}

/** Compares the sums that are kept of what repositories hold with what is counted. */
export async function* checkAccounts({
  metadata,
  repair,
}: AccountCheckDeps): AsyncGenerator<Finding, void> {
  const { accounts } = metadata
  const done = repair ? { repair: 'recounted' as const } : {}
  const differences = repair ? await accounts.correct() : await accounts.recount()
  for (const difference of differences) yield { ...toFinding(difference), ...done }
}
