import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Collected, GarbageTable, GcPreview } from '../../garbage/store.ts'
import { atMost, type Context } from '../context.ts'
import { fromColumn } from '../digest-column.ts'
import type { PushSpans } from '../push-spans.ts'
import type { Queues } from '../queues.ts'
import { type CollectParts, createCollect } from './collect.ts'
import { createRuns, runSql } from './runs.ts'
import {
  boundOf,
  type DueBlob,
  type DueManifest,
  judgeBlob,
  judgeManifest,
  verdictSql,
} from './verdicts.ts'

export interface GarbageParts extends CollectParts {
  readonly spans: PushSpans
  readonly queues: Queues
}

export const garbageSql = {
  nextManifest: 'SELECT min(due_at) AS at FROM gc_manifest_queue WHERE due_at > ?',
  nextBlob: 'SELECT min(due_at) AS at FROM gc_blob_queue WHERE due_at > ?',
  session: `SELECT repository, client, started_at AS startedAt FROM upload_sessions WHERE id = ?`,
  spans: 'DELETE FROM push_spans WHERE until < ?',
  // By id, so that the audit can go on where it stood.
  blobs: 'SELECT id FROM blobs WHERE id > ? ORDER BY id LIMIT ?',
  lost: `SELECT b.id FROM blobs b WHERE b.id > @after AND b.id <= @last
    AND NOT EXISTS (SELECT 1 FROM manifest_blobs e WHERE e.blob_id = b.id)
    AND NOT EXISTS (SELECT 1 FROM gc_blob_queue q WHERE q.blob_id = b.id)`,
}

/** Rows of a preview's statement that are read at most. */
const everything = Number.MAX_SAFE_INTEGER

function createPreview({ db, now, graceMs, keepMs }: Context): GarbageTable['preview'] {
  const manifests = db.prepare<[object], DueManifest>(verdictSql.manifests)
  const blobs = db.prepare<[object], DueBlob>(verdictSql.blobs)
  const nextAfter = [garbageSql.nextManifest, garbageSql.nextBlob].map((text) =>
    db.prepare<[number], { at: number | null }>(text),
  )

  function nextAt(time: number): number | undefined {
    const times = nextAfter.map((statement) => statement.get(time)?.at ?? everything)
    const next = Math.min(...times)
    return next === everything ? undefined : next
  }

  const atOnce = db.transaction((policy: { readonly untagged: boolean }, limit: number) => {
    const times = { now: now(), graceMs, keepMs }
    const bound = boundOf(times, everything)
    const items: Collected[] = []
    const tally = { manifests: 0, blobs: 0, bytes: 0 }
    const list = (item: Collected) => {
      if (items.length < limit) items.push(item)
    }
    for (const row of manifests.iterate(bound) as Iterable<DueManifest>) {
      if (judgeManifest(row, policy, times) !== 'remove') continue
      tally.manifests += 1
      const { repository, size, reason } = row
      list({ kind: 'manifest', repository, digest: fromColumn(row.digest), bytes: size, reason })
    }
    for (const row of blobs.iterate(bound) as Iterable<DueBlob>) {
      if (judgeBlob(row, times) !== 'remove') continue
      tally.blobs += 1
      tally.bytes += row.size
      list({ kind: 'blob', digest: fromColumn(row.digest), bytes: row.size, reason: row.reason })
    }
    const next = nextAt(times.now)
    return { ...tally, items, ...(next === undefined ? {} : { nextAt: next }) }
  })
  return async (policy, limit): Promise<GcPreview> => atOnce(policy, atMost(limit))
}

interface SessionRow {
  readonly repository: RepositoryName
  readonly client: string
  readonly startedAt: number
}

export function createGarbage(context: Context, parts: GarbageParts): GarbageTable {
  const { db, write, now, graceMs } = context
  const { spans, queues } = parts
  const session = db.prepare<[string], SessionRow>(garbageSql.session)
  const forgetSpans = db.prepare<[number]>(garbageSql.spans)
  const forgetRuns = db.prepare<[number, number]>(runSql.forget)
  const blobIds = db.prepare<[number, number], number>(garbageSql.blobs).pluck()
  const lost = db.prepare<[{ after: number; last: number }], { id: number }>(garbageSql.lost)

  return {
    ...createCollect(context, parts),
    ...createRuns(context),
    preview: createPreview(context),
    noteMoves: (moves) =>
      write(() => {
        for (const { id, at } of moves) {
          const upload = session.get(id)
          if (upload) spans.extend({ ...upload, at })
        }
      }),
    audit: (after, limit) =>
      write(() => {
        const last = (blobIds.all(after, atMost(limit)) as number[]).at(-1)
        if (last === undefined) return { found: 0 }
        const found = lost.all({ after, last })
        for (const { id } of found) queues.blob(id, 'found by the audit')
        return { found: found.length, next: last }
      }),
    forget: (time, limit) =>
      write(() => {
        forgetSpans.run(now() - 2 * graceMs)
        return forgetRuns.run(time, atMost(limit)).changes
      }),
  }
}
