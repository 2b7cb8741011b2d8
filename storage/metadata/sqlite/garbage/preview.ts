import type { Collected, GarbageTable, GcPolicy, GcPreview } from '../../garbage/store.ts'
import { atMost, type Context } from '../context.ts'
import { fromColumn } from '../digest-column.ts'
import {
  boundOf,
  type DueBlob,
  type DueManifest,
  judgeBlob,
  judgeManifest,
  type Times,
  verdictSql,
} from './verdicts.ts'

export const previewSql = {
  nextManifest: 'SELECT min(due_at) AS at FROM gc_manifest_queue WHERE due_at > ?',
  nextBlob: 'SELECT min(due_at) AS at FROM gc_blob_queue WHERE due_at > ?',
  holders: 'SELECT manifest_id FROM manifest_blobs WHERE blob_id = ?',
}

/** Rows of a preview's statement that are read at most. */
const everything = Number.MAX_SAFE_INTEGER

export function createPreview({
  db,
  now,
  graceMs,
  keepMs,
}: Pick<Context, 'db' | 'now' | 'graceMs' | 'keepMs'>): GarbageTable['preview'] {
  const manifests = db.prepare<[object], DueManifest>(verdictSql.manifests)
  const blobs = db.prepare<[object], DueBlob>(verdictSql.blobs)
  const holders = db.prepare<[number], number>(previewSql.holders).pluck()
  const nextAfter = [previewSql.nextManifest, previewSql.nextBlob].map((text) =>
    db.prepare<[number], { at: number | null }>(text),
  )

  function nextAt(time: number): number | undefined {
    const times = nextAfter.map((statement) => statement.get(time)?.at ?? everything)
    const next = Math.min(...times)
    return next === everything ? undefined : next
  }

  /** Whether a manifest holds it that stays. */
  function isHeld({ id, held }: DueBlob, going: ReadonlySet<number>): boolean {
    return held === 1 && (holders.all(id) as number[]).some((holder) => !going.has(holder))
  }

  function goingManifests(policy: GcPolicy, times: Times): readonly DueManifest[] {
    const rows = manifests.all(boundOf(times, everything))
    return rows.filter((row) => judgeManifest(row, policy, times) === 'remove')
  }

  /** After the manifests, as a run does it. */
  function goingBlobs(going: ReadonlySet<number>, times: Times): readonly DueBlob[] {
    const rows = blobs.all(boundOf(times, everything))
    return rows.filter((row) => {
      const held = isHeld(row, going) ? 1 : 0
      return judgeBlob({ ...row, held }, times) === 'remove'
    })
  }

  const atOnce = db.transaction((policy: GcPolicy, limit: number): GcPreview => {
    const times = { now: now(), graceMs, keepMs, movesAsOf: now() }
    const first = goingManifests(policy, times)
    const then = goingBlobs(new Set(first.map(({ id }) => id)), times)
    const items = [
      ...first.slice(0, limit).map((row): Collected => {
        const { repository, size, reason } = row
        return {
          kind: 'manifest',
          repository,
          digest: fromColumn(row.digest),
          bytes: size,
          reason,
        }
      }),
      ...then.slice(0, Math.max(0, limit - first.length)).map((row): Collected => {
        return {
          kind: 'blob',
          digest: fromColumn(row.digest),
          bytes: row.size,
          reason: row.reason,
        }
      }),
    ]
    const next = nextAt(times.now)
    return {
      manifests: first.length,
      blobs: then.length,
      bytes: then.reduce((sum, { size }) => sum + size, 0),
      items,
      ...(next === undefined ? {} : { nextAt: next }),
    }
  })
  return async (policy, limit) => atOnce(policy, atMost(limit))
}
