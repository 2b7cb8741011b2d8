import { Type } from 'typebox'
import type { GarbageRecords, GcRun } from '../../src/services/garbage/collector.ts'
import { Problem } from '../../src/services/problem.ts'
import { pageAnswer, readCursor } from './cursor.ts'
import {
  bodyOf,
  bytes,
  count,
  digest,
  listOf,
  named,
  oneOf,
  paging,
  repository,
  time,
  timeOf,
} from './fields.ts'
import { route } from './route.ts'

const position = Type.Tuple([Type.Integer({ minimum: 0 })])

const run = named('GcRun', {
  id: count,
  cause: oneOf(['schedule', 'request', 'command']),
  startedAt: time,
  finishedAt: Type.Optional(time),
  manifests: count,
  blobs: count,
  objects: Type.Integer({ minimum: 0, description: 'files that were removed' }),
  freedBytes: bytes,
  error: Type.Optional(Type.String({ description: 'why it ended early' })),
})

const collected = {
  kind: oneOf(['manifest', 'blob']),
  repository: Type.Optional(repository),
  digest,
  bytes,
  reason: Type.String({ description: 'why it was looked at; nothing held it any more' }),
}

const preview = named('GcPreview', {
  manifests: count,
  blobs: count,
  freedBytes: bytes,
  items: Type.Array(Type.Object(collected), { description: 'up to 1,000 of them' }),
  nextAt: Type.Optional(Type.String({ format: 'date-time', description: 'when more is due' })),
})

const entry = named('GcJournalEntry', { ...collected, at: time })

function showRun({ startedAt, finishedAt, bytes: freedBytes, ...rest }: GcRun) {
  return {
    ...rest,
    freedBytes,
    startedAt: timeOf(startedAt),
    ...(finishedAt === undefined ? {} : { finishedAt: timeOf(finishedAt) }),
  }
}

const id = Type.Object({ id: Type.Integer({ minimum: 1 }) })

async function findRun(garbage: GarbageRecords, wanted: number): Promise<GcRun> {
  const found = await garbage.run(wanted)
  if (found) return found
  throw new Problem('NOT_FOUND', { message: `there is no run ${wanted}` })
}

export const gcRoutes = [
  route({
    method: 'POST',
    path: '/gc',
    id: 'collectGarbage',
    access: 'admin',
    summary: 'Collect garbage now, or tell what would be collected',
    description:
      'Collects what nothing has held for `gc.grace`, beside everything else that goes on, and answers when that is done. With `dryRun` the same is looked for, and nothing is written.',
    body: bodyOf('GcRequest', {
      dryRun: Type.Optional(Type.Boolean()),
      untagged: Type.Optional(
        Type.Boolean({
          description: 'manifests without a tag that were pushed by digest, too, as `gc.untagged`',
        }),
      ),
      cause: Type.Optional(oneOf(['request', 'command'])),
    }),
    answer: Type.Union([run, preview]),
    async handle({ body: { dryRun = false, cause = 'request', untagged } }, { collector }) {
      if (!dryRun) return showRun(await collector.run(cause, { untagged }))
      const { nextAt, bytes: freedBytes, ...found } = await collector.preview({ untagged })
      return { ...found, freedBytes, ...(nextAt === undefined ? {} : { nextAt: timeOf(nextAt) }) }
    },
  }),
  route({
    method: 'GET',
    path: '/gc/runs',
    id: 'listGcRuns',
    access: 'admin',
    summary: 'Collections of garbage, the newest first',
    query: Type.Object(paging),
    answer: listOf(run),
    async handle({ query: { limit, cursor } }, { garbage }) {
      const [before] = readCursor(cursor, 'gc-runs', position) ?? []
      const items = await garbage.runs(limit, before)
      const last = items.length < limit ? undefined : items.at(-1)?.id
      const next = last === undefined ? undefined : ([last] as const)
      return pageAnswer('gc-runs', { items, next }, showRun)
    },
  }),
  route({
    method: 'GET',
    path: '/gc/runs/{id}',
    id: 'getGcRun',
    access: 'admin',
    summary: 'One collection of garbage',
    parameters: id,
    answer: run,
    async handle({ path }, { garbage }) {
      return showRun(await findRun(garbage, path.id))
    },
  }),
  route({
    method: 'GET',
    path: '/gc/runs/{id}/journal',
    id: 'getGcJournal',
    access: 'admin',
    summary: 'Each thing a collection removed, and why',
    parameters: id,
    query: Type.Object(paging),
    answer: listOf(entry),
    async handle({ path, query: { limit, cursor } }, { garbage }) {
      const [after] = readCursor(cursor, 'gc-journal', position) ?? []
      await findRun(garbage, path.id)
      const items = await garbage.journal(path.id, limit, after)
      const last = items.length < limit ? undefined : items.at(-1)?.position
      const next = last === undefined ? undefined : ([last] as const)
      return pageAnswer('gc-journal', { items, next }, ({ position: _, at, ...rest }) => ({
        ...rest,
        at: timeOf(at),
      }))
    },
  }),
]
