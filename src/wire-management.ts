import type { KeeperServices } from '../routes/api/services.ts'
import type { AccessTable, SecretTable } from '../storage/metadata/access/store.ts'
import type { ActivityLog } from './services/activity/activity.ts'
import { createGrants } from './services/management/grants.ts'
import { createGroups } from './services/management/groups.ts'
import { createPeople } from './services/management/people.ts'
import { createPermissions } from './services/management/permissions.ts'
import { createTokens } from './services/management/tokens.ts'
import type { Passwords } from './services/passwords/create.ts'

export interface ManagementParts extends Pick<KeeperServices, 'signIn' | 'sessions' | 'setUp'> {
  readonly metadata: { readonly access: AccessTable; readonly secrets: SecretTable }
  /** Whether nobody has to sign in. */
  readonly isOpen: boolean
  readonly activity?: Pick<ActivityLog, 'note'> | undefined
  readonly passwords: Passwords
}

/** The services of accounts and rights: the same in each process. */
export function wireManagement({
  metadata,
  activity,
  isOpen,
  passwords,
  ...rest
}: ManagementParts): KeeperServices {
  const { access, secrets } = metadata
  const deps = { access, secrets, activity }
  return {
    ...rest,
    sessions: isOpen ? undefined : rest.sessions,
    people: createPeople({ ...deps, signIn: rest.signIn, passwords }),
    groups: createGroups(deps),
    grants: createGrants(deps),
    tokens: createTokens(deps),
    permissions: createPermissions(deps),
  }
}
