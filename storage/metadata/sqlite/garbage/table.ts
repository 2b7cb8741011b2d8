import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { GarbageTable } from '../../garbage/store.ts'
import type { ActivityRows } from '../activity/rows.ts'
import { atMost, type Context } from '../context.ts'
import type { PushSpans } from '../push-spans.ts'
import { pushedByDigest, type Queues } from '../queues.ts'
import { type CollectParts, createCollect } from './collect.ts'
import { createPreview } from './preview.ts'
import { createRuns, runSql } from './runs.ts'

export interface GarbageParts extends CollectParts {
  readonly spans: PushSpans
  readonly queues: Queues
  readonly activity: ActivityRows
}

export const garbageSql = {
  session: `SELECT repository, client, started_at AS startedAt FROM upload_sessions WHERE id = ?`,
  spans: 'DELETE FROM push_spans WHERE until < ?',
  // By id, so that the audit can go on where it stood.
  blobs: 'SELECT id FROM blobs WHERE id > ? ORDER BY id LIMIT ?',
  manifests: 'SELECT id FROM manifests WHERE id > ? ORDER BY id LIMIT ?',
  unheld: `SELECT m.id FROM manifests m WHERE m.id > @after AND m.id <= @last
    AND m.deleted_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = m.id)
    AND NOT EXISTS (SELECT 1 FROM manifest_references e WHERE e.child_id = m.id)
    AND NOT EXISTS (SELECT 1 FROM manifests s WHERE s.repository_id = m.repository_id
      AND s.digest = m.subject_digest)
    AND NOT EXISTS (SELECT 1 FROM gc_manifest_queue q WHERE q.manifest_id = m.id)`,
  lost: `SELECT b.id FROM blobs b WHERE b.id > @after AND b.id <= @last
    AND NOT EXISTS (SELECT 1 FROM manifest_blobs e WHERE e.blob_id = b.id)
    AND NOT EXISTS (SELECT 1 FROM gc_blob_queue q WHERE q.blob_id = b.id)`,
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
  const manifestIds = db.prepare<[number, number], number>(garbageSql.manifests).pluck()
  const unheld = db.prepare<[{ after: number; last: number }], { id: number }>(garbageSql.unheld)
  const lost = db.prepare<[{ after: number; last: number }], { id: number }>(garbageSql.lost)

  return {
    ...createCollect(context, parts),
    ...createRuns(context, parts),
    preview: createPreview(context),
    queueUntagged: (after, limit) =>
      write(() => {
        const last = (manifestIds.all(after, atMost(limit)) as number[]).at(-1)
        if (last === undefined) return { found: 0 }
        const found = unheld.all({ after, last })
        for (const { id } of found) queues.manifest(id, pushedByDigest)
        return { found: found.length, next: last }
      }),
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
