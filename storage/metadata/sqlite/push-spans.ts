import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Context } from './context.ts'

/**
 * When which client pushed to which repository without a longer pause. While a push goes on, what it
 * brought or found there must stay, however long ago that was. Every function runs inside of its
 * caller's transaction.
 */
export interface PushSpans {
  /**
   * A client does something for a push.
   * @param startedAt when what it does began; a pause before `at` is none if that bridges it.
   */
  extend(move: PushMove): void
}

export interface PushMove {
  readonly repository: RepositoryName
  readonly client: string
  /** Milliseconds since 1970, as all times. */
  readonly startedAt: number
  readonly at: number
}

/** A client that does nothing for longer than this, or half the grace, begins a new push. */
const longestPause = 300_000

export const pushSpanSql = {
  find: 'SELECT since, until FROM push_spans WHERE repository = ? AND client = ?',
  isBridged: `SELECT 1 FROM upload_sessions
    WHERE repository = @repository AND client = @client AND started_at <= @before LIMIT 1`,
  put: `INSERT INTO push_spans (repository, client, since, until)
    VALUES (@repository, @client, @since, @until)
    ON CONFLICT (repository, client) DO UPDATE SET since = excluded.since, until = excluded.until`,
}

interface SpanRow {
  readonly since: number
  readonly until: number
}

export function createPushSpans({ db, graceMs }: Context): PushSpans {
  const find = db.prepare<[string, string], SpanRow>(pushSpanSql.find)
  const isBridged = db.prepare<[Pick<PushMove, 'repository' | 'client'> & { before: number }]>(
    pushSpanSql.isBridged,
  )
  const put = db.prepare<[Pick<PushMove, 'repository' | 'client'> & SpanRow]>(pushSpanSql.put)
  const pause = Math.min(longestPause, graceMs / 2)

  function goesOn({ until }: SpanRow, { repository, client, startedAt }: PushMove): boolean {
    const before = until + pause
    return startedAt <= before || isBridged.get({ repository, client, before }) !== undefined
  }

  return {
    extend(move) {
      const { repository, client, startedAt, at } = move
      const span = find.get(repository, client)
      if (span && at <= span.until) return
      const since = span && goesOn(span, move) ? span.since : startedAt
      put.run({ repository, client, since, until: at })
    },
  }
}
