import type { AccountTable, StorageDay } from '../../accounts/store.ts'
import { atMost, type Context } from '../context.ts'

/** Columns by the fields they hold. */
const columns: Readonly<Record<keyof StorageDay, string>> = {
  day: 'day',
  at: 'at',
  repositories: 'repositories',
  tags: 'tags',
  manifests: 'manifests',
  blobs: 'blobs',
  manifestBytes: 'manifest_bytes',
  logical: 'logical_bytes',
  live: 'live_bytes',
  undo: 'undo_bytes',
  waiting: 'waiting_bytes',
  trash: 'trash_bytes',
  uploads: 'upload_bytes',
  absent: 'absent_bytes',
  disk: 'disk_bytes',
}

const named = Object.entries(columns).map(([field, column]) => `${column} AS "${field}"`)
const bound = Object.keys(columns).map((field) => `@${field}`)

export const daySql = {
  write: `INSERT OR REPLACE INTO storage_days (${Object.values(columns).join(', ')})
    VALUES (${bound.join(', ')})`,
  page: `SELECT ${named.join(', ')} FROM storage_days WHERE day BETWEEN ? AND ?
    ORDER BY day LIMIT ?`,
  newest: `SELECT ${named.join(', ')} FROM storage_days WHERE day > '' ORDER BY day DESC LIMIT 1`,
}

export function createDays({
  db,
  write,
}: Context): Pick<AccountTable, 'recordDay' | 'days' | 'newestDay'> {
  const replace = db.prepare<[StorageDay]>(daySql.write)
  const newest = db.prepare<[], StorageDay>(daySql.newest)
  const page = db.prepare<[string, string, number], StorageDay>(daySql.page)
  return {
    async recordDay(day) {
      await write(() => replace.run(day))
    },
    async newestDay() {
      return newest.get()
    },
    async days(from, to, limit) {
      return page.all(from, to, atMost(limit))
    },
  }
}
