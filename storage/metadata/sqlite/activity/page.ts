import { type ActivityAction, activityActions } from '../../../../src/access/activity.ts'
import type {
  Activity,
  ActivityPage,
  ActivityPosition,
  ActivityQuery,
  ActivityTable,
  NewActivity,
} from '../../activity/store.ts'
import type { Context } from '../context.ts'
import { fromColumn } from '../digest-column.ts'

const columns = 'id, at, action, actor, client, agent, repository, tag, digest, count, detail'

/**
 * The newest rows of any of the actions, merged from one range of the index for each. Of an action
 * that was not asked for, the parameter is null, and its range empty.
 */
function newestOf(where: string): string {
  const ranges = activityActions.map(
    (_, n) => `SELECT ${columns} FROM activity WHERE ${where} action = @a${n}
      AND (at, id) < (@at, @id) AND at >= @from`,
  )
  return `${ranges.join(' UNION ALL ')} ORDER BY at DESC, id DESC LIMIT @limit`
}

export const activityPageSql = {
  all: newestOf(''),
  ofActor: newestOf('actor = @actor AND'),
  ofRepository: newestOf('repository = @repository AND'),
}

interface Row {
  readonly id: number
  readonly at: number
  readonly action: ActivityAction
  readonly actor: string | null
  readonly client: string
  readonly agent: string | null
  readonly repository: string | null
  readonly tag: string | null
  readonly digest: Buffer | null
  readonly count: number
  readonly detail: string | null
}

type Bound = Readonly<Record<string, number | string | null>>

/** Rows that one page looks at, at most: a few milliseconds, for which others wait. */
const longestLook = 2000

/** Rows of which some may be left out are read in parts of this size. */
const part = 200

function toActivity(row: Row): Activity {
  const { id, at, action, actor, client, agent, repository, tag, digest, count, detail } = row
  return {
    position: [at, id],
    at,
    action,
    ...(actor === null ? {} : { actor }),
    client,
    ...(agent === null ? {} : { agent }),
    ...(repository === null ? {} : { repository }),
    ...(tag === null ? {} : { tag }),
    ...(digest === null ? {} : { digest: fromColumn(digest) }),
    count,
    ...(detail === null
      ? {}
      : { detail: JSON.parse(detail) as NonNullable<NewActivity['detail']> }),
  }
}

const everything = () => true

/** Whether a row that the index gave is asked for, too. */
function remaining({ actor, repository, visible }: ActivityQuery): (row: Row) => boolean {
  const bothNamed = actor !== undefined && repository !== undefined
  if (!bothNamed && visible === undefined) return everything
  return (row) =>
    (!bothNamed || row.actor === actor) &&
    (visible === undefined || (row.repository !== null && visible(row.repository)))
}

/** Where a page begins: before the position, and before the end of the time that is asked for. */
function begin({ to = Number.MAX_SAFE_INTEGER, before }: ActivityQuery): ActivityPosition {
  return before !== undefined && before[0] < to ? before : [to, 0]
}

function boundOf({ action, actor, repository, from = 0 }: ActivityQuery): Bound {
  const wanted = activityActions.map((name, n) => [
    `a${n}`,
    action === undefined || action.includes(name) ? name : null,
  ])
  return {
    ...Object.fromEntries(wanted),
    from,
    ...(repository !== undefined ? { repository } : actor !== undefined ? { actor } : {}),
  }
}

export function createActivityPage({ reads }: Context): Pick<ActivityTable, 'page'> {
  const all = reads.prepare<[Bound], Row>(activityPageSql.all)
  const ofActor = reads.prepare<[Bound], Row>(activityPageSql.ofActor)
  const ofRepository = reads.prepare<[Bound], Row>(activityPageSql.ofRepository)

  /** Repositories have fewer rows than actors, as a rule. */
  function statementOf({ actor, repository }: ActivityQuery): typeof all {
    if (repository !== undefined) return ofRepository
    return actor === undefined ? all : ofActor
  }

  /** All rows of the index that the question names, the newest first. */
  function* walk(query: ActivityQuery, size: number): Generator<Row> {
    const statement = statementOf(query)
    const bound = boundOf(query)
    let [at, id] = begin(query)
    for (;;) {
      const rows = statement.all({ ...bound, at, id, limit: size })
      yield* rows
      const last = rows.at(-1)
      if (last === undefined || rows.length < size) return
      at = last.at
      id = last.id
    }
  }

  function pageOf(query: ActivityQuery): ActivityPage {
    const limit = Math.max(1, query.limit)
    const keep = remaining(query)
    const size = keep === everything ? limit + 1 : part
    const items: Activity[] = []
    let looked = 0
    let position = begin(query)
    for (const row of walk(query, size)) {
      if (items.length === limit || looked === longestLook) return { items, next: position }
      looked += 1
      position = [row.at, row.id]
      if (keep(row)) items.push(toActivity(row))
    }
    return { items }
  }

  return {
    async page(query) {
      return pageOf(query)
    },
  }
}
