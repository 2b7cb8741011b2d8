import type { Database } from 'better-sqlite3'
import type { Digest } from '../../../src/oci/digest.ts'
import type { StorageKey } from '../../blobs/store.ts'
import { fromColumn } from './digest-column.ts'
import { migrations } from './migrations/all.ts'

/** What a metadata file holds, in numbers. */
export interface Contents {
  /** Those that hold a manifest, as in the catalog. */
  readonly repositories: number
  readonly tags: number
  readonly manifests: number
  readonly blobs: number
  /** Of all blobs. */
  readonly bytes: number
}

/** A blob and the object that holds its bytes. */
export interface BlobObject {
  readonly id: number
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  readonly key: StorageKey
}

export interface SchemaState {
  /** The number of the newest migration in it. */
  readonly number: number
  /** Whether this code knows all of it. */
  readonly known: boolean
}

const contentsSql = `SELECT
  (SELECT count(*) FROM repositories WHERE listed = 1) AS repositories,
  (SELECT count(*) FROM tags) AS tags,
  (SELECT count(*) FROM manifests WHERE deleted_at IS NULL) AS manifests,
  (SELECT count(*) FROM blobs) AS blobs,
  (SELECT coalesce(sum(size), 0) FROM blobs) AS bytes`

/** Keys hold their prefix in front, so that this is a range of their index. */
const blobsSql = `SELECT id, digest, size, storage_key AS key FROM blobs
  WHERE storage_key >= @prefix AND storage_key < @prefix || '~' ORDER BY storage_key`

interface BlobRow extends Omit<BlobObject, 'digest'> {
  readonly digest: Buffer
}

export function readContents(db: Database): Contents {
  return db.prepare<[], Contents>(contentsSql).get() as Contents
}

/** Every key that a blob's row names; to be read to the end before anything else is asked. */
export function readKeys(db: Database): Iterable<StorageKey> {
  return db.prepare<[], StorageKey>('SELECT storage_key FROM blobs').pluck().iterate()
}

/** The blobs whose objects' keys begin with `prefix`. */
export function readBlobs(db: Database, prefix: string): readonly BlobObject[] {
  return db
    .prepare<[{ prefix: string }], BlobRow>(blobsSql)
    .all({ prefix })
    .map((row) => ({ ...row, digest: fromColumn(row.digest) }))
}

/** `undefined` if it is no registry's metadata. */
export function readSchema(db: Database): SchemaState | undefined {
  const table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'"
  if (db.prepare(table).get() === undefined) return undefined
  const newest = db.prepare<[], number | null>('SELECT max(number) FROM migrations').pluck().get()
  const number = newest ?? 0
  return { number, known: number <= migrations.length }
}
