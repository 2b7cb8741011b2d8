import type {
  AccessTable,
  AccountRecord,
  SecretTable,
} from '../../../storage/metadata/access/store.ts'
import type { Action } from '../../access/actions.ts'
import { anonymous, type Identity } from '../../access/identity.ts'
import { normalName } from '../../access/names.ts'
import type { Decision } from '../../access/rights.ts'
import { type Caller, isAdmin } from './caller.ts'
import { denied, unknownUser } from './refusals.ts'

export interface PermissionQuery {
  /** `anonymous`: who has not signed in. */
  readonly user: string
  readonly action: Action
  readonly repository: string
}

/** What somebody may do, and why. */
export interface Permissions {
  /** @throws OciError DENIED about others than oneself; Problem NOT_FOUND */
  test(query: PermissionQuery, caller: Caller): Promise<Decision>
  /** What is known of the caller; `undefined` for nobody in particular. */
  self(caller: Pick<Caller, 'identity'>): Promise<AccountRecord | undefined>
}

export interface PermissionDeps {
  readonly access: Pick<AccessTable, 'account'>
  readonly secrets: Pick<SecretTable, 'tokens'>
}

export function createPermissions({ access, secrets }: PermissionDeps): Permissions {
  /** As if they had signed in with all they have. */
  async function identityOf(name: string): Promise<Identity> {
    if (name === 'anonymous') return anonymous
    const account = await access.account(name)
    if (account === undefined) throw unknownUser(name)
    const robot = account.kind === 'robot'
    const scopes = robot ? ((await secrets.tokens(name))[0]?.scopes ?? []) : undefined
    return { account, credential: robot ? 'token' : 'password', scopes, catalog: true }
  }

  return {
    async test({ user, action, repository }, caller) {
      const name = normalName(user)
      const { identity, rights } = caller
      if (name === identity.account?.name) return rights.decide(identity, action, repository)
      if (!isAdmin(caller)) throw denied('only administrators ask what others may do')
      return rights.decide(await identityOf(name), action, repository)
    },
    async self({ identity: { account } }) {
      return account && (await access.account(account.name))
    },
  }
}
