import type { PullCount, PullTable } from '../../pulls/store.ts'
import type { Context } from '../context.ts'
import { toColumn } from '../digest-column.ts'

/** Milliseconds for which days are kept. */
const keptDays = 400 * 86_400_000

const add = `DO UPDATE SET pulls = pulls + excluded.pulls,
  last_pulled_at = max(last_pulled_at, excluded.last_pulled_at)`

export const recordPullSql = {
  tag: `INSERT INTO tag_pulls (repository_id, name, last_pulled_at, pulls)
    SELECT id, @tag, @lastPulledAt, @pulls FROM repositories WHERE name = @repository
    ON CONFLICT (repository_id, name) ${add}`,
  manifest: `INSERT INTO manifest_pulls (manifest_id, last_pulled_at, pulls)
    SELECT m.id, @lastPulledAt, @pulls FROM repositories r
    JOIN manifests m ON m.repository_id = r.id AND m.digest = @digest WHERE r.name = @repository
    ON CONFLICT (manifest_id) ${add}`,
  day: `INSERT INTO repository_pulls (repository_id, day, last_pulled_at, pulls)
    SELECT id, @day, @lastPulledAt, @pulls FROM repositories WHERE name = @repository
    ON CONFLICT (repository_id, day) ${add}`,
  account: `UPDATE repository_accounts
    SET pulls = pulls + @pulls, pulled_at = max(pulled_at, @lastPulledAt) WHERE name = @repository`,
  forgetDays: `DELETE FROM repository_pulls
    WHERE repository_id = (SELECT id FROM repositories WHERE name = @repository) AND day < @before`,
}

interface Row extends PullCount {
  readonly repository: string
}

/** Adds to what is known; a row of `repositories` or `manifests` that is gone adds nothing. */
export function createRecordPulls({ db, write }: Context): Pick<PullTable, 'record'> {
  const tag = db.prepare<[Row & { readonly tag: string }]>(recordPullSql.tag)
  const manifest = db.prepare<[Row & { readonly digest: Buffer }]>(recordPullSql.manifest)
  const day = db.prepare<[Row & { readonly day: number }]>(recordPullSql.day)
  const account = db.prepare<[Row]>(recordPullSql.account)
  const forgetDays = db.prepare<[{ readonly repository: string; readonly before: number }]>(
    recordPullSql.forgetDays,
  )
  return {
    record: ({ tags, manifests, days }) =>
      write(() => {
        for (const row of tags) tag.run(row)
        for (const row of manifests) manifest.run({ ...row, digest: toColumn(row.digest) })
        for (const row of days) {
          day.run(row)
          account.run(row)
          forgetDays.run({ repository: row.repository, before: row.day - keptDays })
        }
      }),
  }
}
