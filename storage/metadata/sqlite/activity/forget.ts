import { activityActions } from '../../../../src/access/activity.ts'
import type { ActivityTable } from '../../activity/store.ts'
import { atMost, type Context } from '../context.ts'

const oldest = activityActions
  .map((action) => `SELECT id, at FROM activity WHERE action = '${action}' AND at < @time`)
  .join(' UNION ALL ')

export const forgetActivitySql = `DELETE FROM activity WHERE id IN
  (SELECT id FROM (${oldest} ORDER BY at, id LIMIT @limit))`

export function createForgetActivity({ db, write }: Context): Pick<ActivityTable, 'forget'> {
  const forget = db.prepare<[{ time: number; limit: number }]>(forgetActivitySql)
  return {
    forget: (time, limit) => write(() => forget.run({ time, limit: atMost(limit) }).changes),
  }
}
