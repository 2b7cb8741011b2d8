import type { ActivityTable } from '../../activity/store.ts'
import type { Context } from '../context.ts'
import { createForgetActivity } from './forget.ts'
import { createActivityPage } from './page.ts'
import type { ActivityRows } from './rows.ts'

export function createActivity(context: Context, rows: ActivityRows): ActivityTable {
  return {
    ...createActivityPage(context),
    ...createForgetActivity(context),
    append: (entries) =>
      context.write(() => {
        for (const entry of entries) rows.add(entry)
      }),
  }
}
