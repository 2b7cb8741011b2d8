import type { IntegrityTable } from '../../store.ts'
import type { Context } from '../context.ts'
import { fromColumn, toColumn } from '../digest-column.ts'

interface Row {
  readonly after: Buffer | null
  readonly startedAt: number
  readonly finishedAt: number | null
}

export const scrubSql = {
  find: 'SELECT after, started_at AS startedAt, finished_at AS finishedAt FROM scrub WHERE id = 1',
  remember: `INSERT INTO scrub (id, after, started_at, finished_at)
    VALUES (1, @after, @startedAt, @finishedAt) ON CONFLICT (id) DO UPDATE
    SET after = excluded.after, started_at = excluded.started_at, finished_at = excluded.finished_at`,
}

export function createScrubRow({
  db,
  write,
}: Context): Pick<IntegrityTable, 'scrubPosition' | 'rememberScrub'> {
  const find = db.prepare<[], Row>(scrubSql.find)
  const remember = db.prepare<[Row]>(scrubSql.remember)
  return {
    async scrubPosition() {
      const row = find.get()
      return (
        row && {
          after: row.after ? fromColumn(row.after) : undefined,
          startedAt: row.startedAt,
          finishedAt: row.finishedAt ?? undefined,
        }
      )
    },
    async rememberScrub({ after, startedAt, finishedAt }) {
      const row = {
        after: after ? toColumn(after) : null,
        startedAt,
        finishedAt: finishedAt ?? null,
      }
      await write(() => remember.run(row))
    },
  }
}
