import type { Challenge } from '../../src/plugins/challenge.ts'
import type { About } from '../../src/services/about.ts'
import type { Accounts } from '../../src/services/accounts/create.ts'
import type { ActivityLog } from '../../src/services/activity/activity.ts'
import type { Archives } from '../../src/services/archives/create.ts'
import type { Deletions } from '../../src/services/deletions/deletions.ts'
import type { Collector, GarbageRecords } from '../../src/services/garbage/collector.ts'
import type { History } from '../../src/services/history.ts'
import type { Listing } from '../../src/services/listing/create.ts'
import type { Grants } from '../../src/services/management/grants.ts'
import type { Groups } from '../../src/services/management/groups.ts'
import type { People } from '../../src/services/management/people.ts'
import type { Permissions } from '../../src/services/management/permissions.ts'
import type { Tokens } from '../../src/services/management/tokens.ts'
import type { PolicyDocuments } from '../../src/services/policies/documents.ts'
import type { Quotas } from '../../src/services/quotas/create.ts'
import type { Preview } from '../../src/services/retention/preview.ts'
import type { Sessions } from '../../src/services/sessions/create.ts'
import type { SetUp } from '../../src/services/set-up/create.ts'
import type { SignIn } from '../../src/services/sign-in/sign-in.ts'

/** All that routes of the management API may use; each takes what it needs. */
/** Accounts and rights, and browsers that are signed in. */
export interface KeeperServices {
  readonly people: People
  readonly groups: Groups
  readonly grants: Grants
  readonly tokens: Tokens
  readonly permissions: Permissions
  readonly signIn: SignIn
  /** Absent where nobody has to sign in. */
  readonly sessions?: Sessions | undefined
  readonly setUp?: Pick<SetUp, 'claim'> | undefined
}

export interface ApiServices extends KeeperServices {
  /** What `WWW-Authenticate` says to who must sign in. */
  readonly challenge?: Challenge | undefined
  readonly about: About
  readonly activity: ActivityLog
  readonly accounts: Accounts
  readonly archives: Archives
  readonly collector: Pick<Collector, 'run' | 'preview'>
  readonly deletions: Deletions
  readonly garbage: GarbageRecords
  readonly history: History
  readonly policies: PolicyDocuments
  readonly quotas: Pick<Quotas, 'list'>
  readonly retention: Preview
  readonly listing: Listing
}
