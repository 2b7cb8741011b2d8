import type { Digest } from '../../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../../src/oci/name.ts'
import type {
  Collected,
  GarbageTable,
  GcCause,
  GcRun,
  GcTally,
  JournalEntry,
} from '../../garbage/store.ts'
import type { ActivityRows } from '../activity/rows.ts'
import { atMost, type Context } from '../context.ts'
import { fromColumn } from '../digest-column.ts'

/** What a run does is written down in the transaction that does it. */
export interface RunRows {
  note(run: number, removed: Removed): void
  add(run: number, tally: GcTally): void
}

export interface Removed {
  readonly kind: Collected['kind']
  readonly repository?: RepositoryName
  readonly digest: Buffer
  readonly bytes: number
  readonly reason: string
}

const columns = `id, cause, started_at AS startedAt, finished_at AS finishedAt, manifests, blobs,
  objects, bytes, error`

export const runSql = {
  begin: 'INSERT INTO gc_runs (cause, started_at) VALUES (?, ?)',
  end: 'UPDATE gc_runs SET finished_at = ?, objects = ?, error = ? WHERE id = ?',
  unfinished: 'SELECT id FROM gc_runs WHERE finished_at IS NULL LIMIT 1',
  interrupted: `UPDATE gc_runs SET finished_at = ?, error = 'interrupted' WHERE finished_at IS NULL`,
  add: `UPDATE gc_runs SET manifests = manifests + ?, blobs = blobs + ?, bytes = bytes + ?
    WHERE id = ?`,
  note: `INSERT INTO gc_journal (run_id, kind, repository, digest, bytes, reason, at)
    VALUES (@run, @kind, @repository, @digest, @bytes, @reason, @at)`,
  one: `SELECT ${columns} FROM gc_runs WHERE id = ?`,
  page: `SELECT ${columns} FROM gc_runs WHERE id < ? ORDER BY id DESC LIMIT ?`,
  journal: `SELECT id AS position, kind, repository, digest, bytes, reason, at FROM gc_journal
    WHERE run_id = ? AND id > ? ORDER BY id LIMIT ?`,
  forget: `DELETE FROM gc_runs WHERE id IN (SELECT id FROM gc_runs
    WHERE finished_at < ? ORDER BY id LIMIT ?)`,
}

interface RunRow extends Omit<GcRun, 'finishedAt' | 'error'> {
  readonly finishedAt: number | null
  readonly error: string | null
}

interface JournalRow extends Omit<JournalEntry, 'repository' | 'digest'> {
  readonly repository: RepositoryName | null
  readonly digest: Buffer
}

function toRun({ finishedAt, error, ...run }: RunRow): GcRun {
  return {
    ...run,
    ...(finishedAt === null ? {} : { finishedAt }),
    ...(error === null ? {} : { error }),
  }
}

function toEntry({ repository, digest, ...entry }: JournalRow): JournalEntry {
  const named: Digest = fromColumn(digest)
  return { ...entry, digest: named, ...(repository === null ? {} : { repository }) }
}

export function createRunRows({ db, now }: Context): RunRows {
  const add = db.prepare<[number, number, number, number]>(runSql.add)
  const note = db.prepare<[object]>(runSql.note)
  return {
    note(run, { kind, repository, digest, bytes, reason }) {
      note.run({ run, kind, repository: repository ?? null, digest, bytes, reason, at: now() })
    },
    add(run, { manifests, blobs, bytes }) {
      if (manifests + blobs > 0) add.run(manifests, blobs, bytes, run)
    },
  }
}

type RunMethods = Pick<
  GarbageTable,
  'begin' | 'end' | 'endInterrupted' | 'runs' | 'run' | 'journal'
>

/** What a run did; one that came by itself and found nothing is not worth a line. */
function isNotable({ cause, manifests, blobs, objects, error }: GcRun): boolean {
  return cause !== 'schedule' || manifests + blobs + objects > 0 || error !== undefined
}

function noteRun(activity: ActivityRows, run: GcRun): void {
  if (!isNotable(run)) return
  const { id, cause, manifests, blobs, objects, bytes, error } = run
  const counts = { run: id, manifests, blobs, objects, bytes }
  const detail = error === undefined ? counts : { ...counts, failed: true }
  activity.note('collection', { client: cause }, { detail })
}

export function createRuns(
  { db, write, now }: Context,
  { activity }: { readonly activity: ActivityRows },
): RunMethods {
  const begin = db.prepare<[GcCause, number]>(runSql.begin)
  const end = db.prepare<[number, number, string | null, number]>(runSql.end)
  const interrupted = db.prepare<[number]>(runSql.interrupted)
  const unfinished = db.prepare<[], { id: number }>(runSql.unfinished)
  const one = db.prepare<[number | bigint], RunRow>(runSql.one)
  const page = db.prepare<[number, number], RunRow>(runSql.page)
  const journal = db.prepare<[number, number, number], JournalRow>(runSql.journal)

  function find(id: number | bigint): GcRun | undefined {
    const row = one.get(id)
    return row && toRun(row)
  }

  return {
    begin: (cause) => write(() => find(begin.run(cause, now()).lastInsertRowid) as GcRun),
    end: (run, objects, error) =>
      write(() => {
        end.run(now(), objects, error ?? null, run)
        const ended = find(run)
        if (ended) noteRun(activity, ended)
        return ended
      }),
    async endInterrupted() {
      // Written only where there is one: a registry must start on a full disk.
      return unfinished.get() === undefined ? 0 : write(() => interrupted.run(now()).changes)
    },
    async runs(limit, before = Number.MAX_SAFE_INTEGER) {
      return page.all(before, atMost(limit)).map(toRun)
    },
    async run(id) {
      return find(id)
    },
    async journal(run, limit, after = 0) {
      return journal.all(run, after, atMost(limit)).map(toEntry)
    },
  }
}
