import type { AccountTable } from '../../accounts/store.ts'
import type { Context } from '../context.ts'
import { createDays } from './days.ts'
import { createLayers } from './layers.ts'
import { createRecount } from './recount.ts'
import { createRepositoryAccounts } from './repositories.ts'
import { createTagAccounts } from './tags.ts'
import { createTotals } from './totals.ts'

export function createAccounts(context: Context): AccountTable {
  return {
    ...createRepositoryAccounts(context),
    ...createTotals(context),
    ...createTagAccounts(context),
    ...createLayers(context),
    ...createDays(context),
    ...createRecount(context),
  }
}
