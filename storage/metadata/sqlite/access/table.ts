import type { AccessTable } from '../../access/store.ts'
import type { Context } from '../context.ts'
import { createAccessAccounts } from './accounts.ts'
import { createAccessBook } from './book.ts'
import { createAccountChanges } from './changes.ts'
import { createAccessGrants } from './grants.ts'
import { createAccessGroups } from './groups.ts'
import type { AccessNames } from './names.ts'
import { createAccessSources } from './sources.ts'

export function createAccess(context: Context, names: AccessNames): AccessTable {
  return {
    ...createAccessBook(context),
    ...createAccessAccounts(context, names),
    ...createAccountChanges(context),
    ...createAccessSources(context, names),
    ...createAccessGroups(context, names),
    ...createAccessGrants(context, names),
  }
}
