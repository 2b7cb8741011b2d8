import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Test } from 'tap'
import type { Digest } from '../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../src/oci/name.ts'
import type { Tag } from '../../../src/oci/reference.ts'
import { fromColumn, toColumn } from '../../../storage/metadata/sqlite/digest-column.ts'
import { openSqlite } from '../../../storage/metadata/sqlite/open.ts'
import type { Inspect, Subject, SubjectOptions } from './subject.ts'

export function temporaryFile(t: Test): string {
  return join(t.testdir(), 'metadata.db')
}

interface MoveRow {
  readonly name: Tag
  readonly old: Buffer | null
  readonly new: Buffer | null
  readonly at: number
}

const ofManifest =
  'm.digest = @digest AND m.repository_id = (SELECT id FROM repositories WHERE name = @repository)'

/** Reads over a connection of its own: what is seen was committed. */
function inspectFile(file: string): Inspect {
  async function read<Row>(sql: string, bound: Record<string, unknown>): Promise<Row[]> {
    const db = new Database(file, { readonly: true })
    try {
      return db.prepare<[typeof bound], Row>(sql).all(bound)
    } finally {
      db.close()
    }
  }
  async function time(sql: string, bound: Record<string, unknown>): Promise<number | undefined> {
    return (await read<{ at: number }>(sql, bound))[0]?.at
  }
  async function digests(sql: string, bound: Record<string, unknown>): Promise<Digest[]> {
    return (await read<{ digest: Buffer }>(sql, bound)).map((row) => fromColumn(row.digest))
  }
  return {
    async history(repository) {
      const moves = await read<MoveRow>(
        `SELECT h.name, h.old_digest AS old, h.new_digest AS new, h.at FROM tag_history h
         JOIN repositories r ON r.id = h.repository_id WHERE r.name = @repository ORDER BY h.id`,
        { repository },
      )
      return moves.map((move) => ({
        tag: move.name,
        from: move.old && fromColumn(move.old),
        to: move.new && fromColumn(move.new),
        at: move.at,
      }))
    },
    blobDue: (digest) =>
      time(
        'SELECT q.due_at AS at FROM gc_blob_queue q JOIN blobs b ON b.id = q.blob_id WHERE b.digest = @digest',
        { digest: toColumn(digest) },
      ),
    manifestDue: (repository, digest) =>
      time(
        `SELECT q.due_at AS at FROM gc_manifest_queue q JOIN manifests m ON m.id = q.manifest_id WHERE ${ofManifest}`,
        { repository, digest: toColumn(digest) },
      ),
    lease: (repository, digest) =>
      time(
        `SELECT l.lease_until AS at FROM repository_blobs l JOIN blobs b ON b.id = l.blob_id
         JOIN repositories r ON r.id = l.repository_id
         WHERE r.name = @repository AND b.digest = @digest`,
        { repository, digest: toColumn(digest) },
      ),
    async edges(repository, manifest) {
      const bound = { repository, digest: toColumn(manifest) }
      return {
        blobs: await digests(
          `SELECT b.digest FROM manifests m JOIN manifest_blobs e ON e.manifest_id = m.id
           JOIN blobs b ON b.id = e.blob_id WHERE ${ofManifest} ORDER BY b.digest`,
          bound,
        ),
        children: await digests(
          `SELECT c.digest FROM manifests m JOIN manifest_references e ON e.parent_id = m.id
           JOIN manifests c ON c.id = e.child_id WHERE ${ofManifest} ORDER BY c.digest`,
          bound,
        ),
        pending: await digests(
          `SELECT p.digest FROM manifests m JOIN pending_references p ON p.manifest_id = m.id
           WHERE ${ofManifest} ORDER BY p.digest`,
          bound,
        ),
      }
    },
  }
}

function loseEdges(file: string, repository: RepositoryName, manifest: Digest): void {
  const db = new Database(file)
  const bound = { repository, digest: toColumn(manifest) }
  const held = `(SELECT m.id FROM manifests m WHERE ${ofManifest})`
  try {
    db.prepare<[typeof bound]>(`DELETE FROM manifest_blobs WHERE manifest_id = ${held}`).run(bound)
    db.prepare<[typeof bound]>(`DELETE FROM manifest_references WHERE parent_id = ${held}`).run(
      bound,
    )
  } finally {
    db.close()
  }
}

/** In a new file, or in this one. */
export async function openSqliteSubject(
  t: Test,
  { file = temporaryFile(t), ...options }: SubjectOptions & { readonly file?: string },
): Promise<Subject> {
  let store = openSqlite({ file, ...options })
  t.teardown(() => store.close())
  return {
    store,
    inspect: inspectFile(file),
    loseEdges: async (repository, manifest) => loseEdges(file, repository, manifest),
    async openCopy(copy) {
      const opened = openSqlite({ file: copy, ...options })
      t.teardown(() => opened.close())
      return opened
    },
    async reopen() {
      await store.close()
      store = openSqlite({ file, ...options })
      return store
    },
  }
}
