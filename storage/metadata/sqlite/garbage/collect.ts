import type { GarbageTable, GcPolicy, GcStep, GcStepOptions } from '../../garbage/store.ts'
import { atMost, type Context } from '../context.ts'
import type { RemoveManifest } from '../manifests/remove.ts'
import type { RepositoryRows } from '../repositories.ts'
import type { TrashRows } from '../trash.ts'
import type { RunRows } from './runs.ts'
import {
  boundOf,
  type DueBlob,
  type DueManifest,
  judgeBlob,
  judgeManifest,
  type Verdict,
  verdictSql,
} from './verdicts.ts'

export interface CollectParts {
  readonly repositories: RepositoryRows
  readonly removeManifest: RemoveManifest
  readonly trash: TrashRows
  readonly runs: RunRows
}

export const collectSql = {
  releaseManifest: 'DELETE FROM gc_manifest_queue WHERE manifest_id = ?',
  delayManifest: 'UPDATE gc_manifest_queue SET due_at = ? WHERE manifest_id = ?',
  releaseBlob: 'DELETE FROM gc_blob_queue WHERE blob_id = ?',
  delayBlob: 'UPDATE gc_blob_queue SET due_at = ? WHERE blob_id = ?',
  // Its queue row and the rights to it go by cascade.
  removeBlob: 'DELETE FROM blobs WHERE id = ?',
}

/** Milliseconds after which a step gives way: requests wait for it. */
const longest = 4

interface Row {
  readonly id: number
  readonly size: number
}

interface Hands<Due extends Row> {
  judge(row: Due): Verdict
  remove(row: Due): void
  release(id: number): void
  delay(until: number, id: number): void
}

/** Looks at rows in turn until time is up. */
function step<Due extends Row>(rows: readonly Due[], hands: Hands<Due>) {
  const begun = performance.now()
  const tally = { looked: 0, removed: 0, bytes: 0 }
  for (const row of rows) {
    const verdict = hands.judge(row)
    tally.looked += 1
    if (verdict === 'remove') {
      hands.remove(row)
      tally.removed += 1
      tally.bytes += row.size
    } else if (verdict === 'release') hands.release(row.id)
    else hands.delay(verdict, row.id)
    if (performance.now() - begun > longest) break
  }
  return tally
}

type Collectors = Pick<GarbageTable, 'collectManifests' | 'collectBlobs'>

export function createCollect(context: Context, parts: CollectParts): Collectors {
  return {
    collectManifests: createCollectManifests(context, parts),
    collectBlobs: createCollectBlobs(context, parts),
  }
}

function createCollectManifests(
  { db, write, now, graceMs, keepMs }: Context,
  { repositories, removeManifest, runs }: CollectParts,
): Collectors['collectManifests'] {
  const due = db.prepare<[object], DueManifest>(verdictSql.manifests)
  const release = db.prepare<[number]>(collectSql.releaseManifest)
  const delay = db.prepare<[number, number]>(collectSql.delayManifest)

  return (run: number, policy: GcPolicy, { limit, movesAsOf = now() }: GcStepOptions) =>
    write((): GcStep => {
      const times = { now: now(), graceMs, keepMs, movesAsOf }
      const rows = due.all(boundOf(times, atMost(limit)))
      const { looked, removed } = step(rows, {
        judge: (row) => judgeManifest(row, policy, times),
        remove(row) {
          runs.note(run, { kind: 'manifest', ...row, bytes: row.size })
          removeManifest(row)
          repositories.manifestWent(row.repositoryId)
        },
        release: (id) => void release.run(id),
        delay: (until, id) => void delay.run(until, id),
      })
      runs.add(run, { manifests: removed, blobs: 0, bytes: 0 })
      return { looked, manifests: removed, blobs: 0, bytes: 0 }
    })
}

function createCollectBlobs(
  { db, write, now, graceMs, keepMs }: Context,
  { trash, runs }: CollectParts,
): Collectors['collectBlobs'] {
  const due = db.prepare<[object], DueBlob>(verdictSql.blobs)
  const release = db.prepare<[number]>(collectSql.releaseBlob)
  const delay = db.prepare<[number, number]>(collectSql.delayBlob)
  const removeBlob = db.prepare<[number]>(collectSql.removeBlob)

  return (run: number, { limit, movesAsOf = now() }: GcStepOptions) =>
    write((): GcStep => {
      const times = { now: now(), graceMs, keepMs, movesAsOf }
      const rows = due.all(boundOf(times, atMost(limit)))
      const { looked, removed, bytes } = step(rows, {
        judge: (row) => judgeBlob(row, times),
        remove(row) {
          runs.note(run, { kind: 'blob', ...row, bytes: row.size })
          removeBlob.run(row.id)
          trash.put(row.key, row.size)
        },
        release: (id) => void release.run(id),
        delay: (until, id) => void delay.run(until, id),
      })
      runs.add(run, { manifests: 0, blobs: removed, bytes })
      return { looked, manifests: 0, blobs: removed, bytes }
    })
}
