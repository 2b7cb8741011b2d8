import { firstTables } from './0001-first-tables.ts'
import { damage } from './0002-damage.ts'
import { collection } from './0003-collection.ts'
import { accounts } from './0004-accounts.ts'
import { pulls } from './0005-pulls.ts'
import { policies } from './0006-policies.ts'
import { listing } from './0007-listing.ts'
import { access } from './0008-access.ts'
import { activity } from './0009-activity.ts'
import type { Migration } from './migration.ts'

/** In order, without a gap. */
export const migrations: readonly Migration[] = [
  firstTables,
  damage,
  collection,
  accounts,
  pulls,
  policies,
  listing,
  access,
  activity,
]
