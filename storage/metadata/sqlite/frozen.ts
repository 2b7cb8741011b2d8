import Database from 'better-sqlite3'
import type { StorageKey } from '../../blobs/store.ts'
import type { CopyProgress } from '../store.ts'
import {
  type BlobObject,
  type Contents,
  readBlobs,
  readContents,
  readKeys,
  readSchema,
} from './contents.ts'
import { beginRead, copyDatabase } from './copy.ts'
import { isDamage } from './damage.ts'

/**
 * The metadata of a registry that may be running, at one moment. What other processes write is not
 * seen until `renew`; none of them has to wait.
 */
export interface FrozenMetadata {
  readonly schema: number
  contents(): Contents
  /** Of every object that is named; to be read to the end before anything else is asked. */
  keys(): Iterable<StorageKey>
  blobs(prefix: string): readonly BlobObject[]
  /** Writes this very state to a new file, see `copyDatabase`. */
  copy(file: string, onProgress?: (progress: CopyProgress) => void): Promise<void>
  /** Moves on to the newest state. */
  renew(): void
  close(): void
}

/** Longer than a registry that is just starting holds the file. */
const timeoutMs = 5_000

function checkSchema(db: Database.Database): number {
  const schema = readSchema(db)
  if (schema === undefined) throw new Error(`${db.name} holds no registry yet`)
  if (schema.known) return schema.number
  throw new Error(
    `${db.name} is written by a newer Layerhouse (schema ${schema.number}); use that version`,
  )
}

function describe(error: unknown, file: string): unknown {
  if (!isDamage(error)) return error
  return new Error(`${file} is damaged: ${(error as Error).message}`, { cause: error })
}

/** @throws Error if it can't be opened, or is no registry's metadata that this code knows. */
export function freezeMetadata(file: string): FrozenMetadata {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: timeoutMs })
  try {
    beginRead(db)
    return {
      schema: checkSchema(db),
      contents: () => readContents(db),
      keys: () => readKeys(db),
      blobs: (prefix) => readBlobs(db, prefix),
      copy: (target, onProgress) => copyDatabase(db, target, onProgress),
      renew() {
        db.exec('COMMIT')
        beginRead(db)
      },
      close() {
        db.close()
      },
    }
  } catch (error) {
    db.close()
    throw describe(error, file)
  }
}
