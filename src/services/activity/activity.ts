import type {
  Activity,
  ActivityPosition,
  ActivityQuery,
  ActivityTable,
  NewActivity,
} from '../../../storage/metadata/activity/store.ts'

export type { Activity, ActivityPosition, ActivityQuery, NewActivity }

/** Writes down what happens, without anybody waiting for it. */
export interface ActivityLog {
  /**
   * Noted in memory and written within a second, equal ones as one with a count; lost only if the
   * process is killed before. What changes a repository is not noted here but in its transaction.
   */
  note(entry: NewActivity): void
  page: ActivityTable['page']
}
