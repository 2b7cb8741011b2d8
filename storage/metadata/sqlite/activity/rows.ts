import type { ActivityAction } from '../../../../src/access/activity.ts'
import type { Actor } from '../../../../src/oci/actor.ts'
import type { NewActivity } from '../../activity/store.ts'
import type { Context } from '../context.ts'
import { toColumn } from '../digest-column.ts'

/** What changes a repository or the registry's rules, written down in the transaction that does it. */
export interface ActivityRows {
  /** Now. */
  note(action: ActivityAction, by: Actor, what: Noted): void
  add(entry: NewActivity): void
}

export interface Noted {
  /** By its id or by its name. */
  readonly repository?: number | string | undefined
  readonly tag?: string | undefined
  readonly digest?: Buffer | undefined
  readonly detail?: NewActivity['detail']
}

export const activityRowSql = {
  insert: `INSERT INTO activity
      (at, action, actor, client, agent, repository, tag, digest, count, detail)
    VALUES (@at, @action, @actor, @client, @agent, @repository, @tag, @digest, @count, @detail)`,
  repository: 'SELECT name FROM repositories WHERE id = ?',
}

interface Bound {
  readonly at: number
  readonly action: string
  readonly actor: string | null
  readonly client: string
  readonly agent: string | null
  readonly repository: string | null
  readonly tag: string | null
  readonly digest: Buffer | null
  readonly count: number
  readonly detail: string | null
}

export function createActivityRows({ db, now }: Context): ActivityRows {
  const insert = db.prepare<[Bound]>(activityRowSql.insert)
  const nameOf = db.prepare<[number], string>(activityRowSql.repository).pluck()

  return {
    note(action, { name, client, agent }, { repository, tag, digest, detail }) {
      const named = typeof repository === 'number' ? nameOf.get(repository) : repository
      insert.run({
        at: now(),
        action,
        actor: name ?? null,
        client,
        agent: agent ?? null,
        repository: named ?? null,
        tag: tag ?? null,
        digest: digest ?? null,
        count: 1,
        detail: detail === undefined ? null : JSON.stringify(detail),
      })
    },
    add({ action, at = now(), client, count = 1, ...rest }) {
      insert.run({
        at,
        action,
        actor: rest.actor ?? null,
        client,
        agent: rest.agent ?? null,
        repository: rest.repository ?? null,
        tag: rest.tag ?? null,
        digest: rest.digest === undefined ? null : toColumn(rest.digest),
        count,
        detail: rest.detail === undefined ? null : JSON.stringify(rest.detail),
      })
    },
  }
}
