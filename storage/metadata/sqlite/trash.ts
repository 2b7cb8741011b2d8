import type { StorageKey } from '../../blobs/store.ts'
import type { TrashTable } from '../store.ts'
import { atMost, type Context } from './context.ts'

interface KeyRow {
  readonly key: StorageKey
}

/** Every function runs inside of its caller's transaction. */
export interface TrashRows {
  /**
   * Marks an object for removal at once, unless a blob's row names it: then it is no trash.
   * @param size bytes, `null` where unknown.
   */
  put(key: StorageKey, size: number | null): void
  holds(key: StorageKey): boolean
}

export const trashSql = {
  put: `INSERT INTO gc_objects (storage_key, size, due_at) SELECT @key, @size, @now
    WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE storage_key = @key)
    ON CONFLICT (storage_key) DO NOTHING`,
  holds: 'SELECT storage_key AS key FROM gc_objects WHERE storage_key = ?',
  due: `SELECT storage_key AS key FROM gc_objects WHERE due_at <= ?
    ORDER BY due_at, storage_key LIMIT ?`,
  forget: 'DELETE FROM gc_objects WHERE storage_key = ?',
  inUse: `SELECT storage_key AS key FROM blobs
    WHERE storage_key IN (SELECT value FROM json_each(?))`,
}

export function createTrashRows({ db, now }: Context): TrashRows {
  const put = db.prepare<[{ key: string; size: number | null; now: number }]>(trashSql.put)
  const holds = db.prepare<[string], KeyRow>(trashSql.holds)
  return {
    put(key, size) {
      put.run({ key, size, now: now() })
    },
    holds: (key) => holds.get(key) !== undefined,
  }
}

export function createTrash({ db, write, now }: Context, rows: TrashRows): TrashTable {
  const due = db.prepare<[number, number], KeyRow>(trashSql.due)
  const forget = db.prepare<[string]>(trashSql.forget)
  const inUse = db.prepare<[string], KeyRow>(trashSql.inUse)
  return {
    add: (key) => write(() => rows.put(key, null)),
    async due(limit) {
      return due.all(now(), atMost(limit)).map((row) => row.key)
    },
    async forget(key) {
      await write(() => forget.run(key))
    },
    async inUse(keys) {
      return new Set(inUse.all(JSON.stringify(keys)).map((row) => row.key))
    },
  }
}
