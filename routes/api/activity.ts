import { type Static, Type } from 'typebox'
import { activityActions } from '../../src/access/activity.ts'
import type { Activity, ActivityLog, ActivityQuery } from '../../src/services/activity/activity.ts'
import { pageAnswer, readCursor } from './cursor.ts'
import { digest, listOf, named, oneOf, paging, repository, time, timeOf } from './fields.ts'
import { type Call, route } from './route.ts'
import { streamed } from './streams.ts'

const detailValue = Type.Union([
  Type.String(),
  Type.Number(),
  Type.Boolean(),
  Type.Array(Type.String()),
])

const entry = named('Activity', {
  action: oneOf(activityActions),
  at: time,
  actor: Type.Optional(Type.String({ description: 'who; absent where nobody has said that' })),
  client: Type.Optional(
    Type.String({ description: 'where it came from; for administrators of the registry' }),
  ),
  agent: Type.Optional(Type.String({ description: 'the User-Agent; for administrators, too' })),
  repo: Type.Optional(Type.String({ description: 'a repository, which may be gone by now' })),
  tag: Type.Optional(Type.String()),
  digest: Type.Optional(digest),
  count: Type.Integer({ minimum: 1, description: 'how often, within about a second' }),
  detail: Type.Optional(Type.Record(Type.String(), detailValue)),
})

const filters = {
  action: Type.Array(oneOf(activityActions), {
    maxItems: activityActions.length,
    description: 'one of these; all if absent',
  }),
  actor: Type.Optional(Type.String({ maxLength: 64, description: 'the name of an account' })),
  repo: Type.Optional(repository),
  from: Type.Optional(
    Type.String({ format: 'date-time', description: 'what was at this time or later' }),
  ),
  to: Type.Optional(Type.String({ format: 'date-time', description: 'what was before this time' })),
}

const filterSchema = Type.Object(filters)

type Asked = Pick<Call<unknown, Static<typeof filterSchema>, unknown>, 'query' | 'request'>

function millisecondsOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text)
}

/** Who does not run the registry is told of what they may pull, and not from where it came. */
function createView({ rights, identity }: Asked['request']) {
  const isAdmin = rights.isAdmin(identity)
  const visible = isAdmin ? undefined : rights.visible(identity).includes
  const show = (shown: Activity) => {
    const { position: _, at, client, agent, repository: repo, ...rest } = shown
    return {
      ...rest,
      at: timeOf(at),
      ...(repo === undefined ? {} : { repo }),
      ...(isAdmin ? { client, ...(agent === undefined ? {} : { agent }) } : {}),
    }
  }
  return { visible, show }
}

function queryOf({ query }: Asked): Omit<ActivityQuery, 'limit' | 'visible'> {
  const { action, actor, repo, from, to } = query
  return {
    action: action.length > 0 ? action : undefined,
    actor,
    repository: repo,
    from: millisecondsOf(from),
    to: millisecondsOf(to),
  }
}

const position = Type.Tuple([Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 0 })])

/** Entries that one step of an export reads: a few milliseconds. */
const exportStep = 500

/** One line of JSON an entry, the newest first; a step is read when the one before it is sent. */
async function* exportLines(activity: ActivityLog, asked: Asked): AsyncGenerator<Buffer> {
  const { visible, show } = createView(asked.request)
  const query = { ...queryOf(asked), visible, limit: exportStep }
  let before: ActivityQuery['before']
  do {
    const { items, next } = await activity.page({ ...query, before })
    if (items.length > 0) {
      yield Buffer.from(items.map((item) => `${JSON.stringify(show(item))}\n`).join(''))
    }
    before = next
  } while (before !== undefined)
}

export const activityRoutes = [
  route({
    method: 'GET',
    path: '/activity',
    id: 'listActivity',
    access: 'filtered',
    summary: 'Who did what, the newest first',
    description:
      'A page looks at some hundred entries at most: it may hold fewer than asked for, even none, and have a `next`.',
    query: Type.Object({ ...filters, ...paging }),
    answer: listOf(entry),
    async handle(call, { activity }) {
      const { limit, cursor } = call.query
      const before = readCursor(cursor, 'activity', position)
      const { visible, show } = createView(call.request)
      const page = await activity.page({ ...queryOf(call), visible, before, limit })
      return pageAnswer('activity', page, show)
    },
  }),
  route({
    method: 'GET',
    path: '/activity/export',
    id: 'exportActivity',
    access: 'filtered',
    summary: 'The same entries, all of them, one line of JSON each',
    query: filterSchema,
    answer: streamed('application/x-ndjson'),
    async handle(call, { activity }) {
      return { fileName: 'activity.ndjson', bytes: exportLines(activity, call) }
    },
  }),
]
