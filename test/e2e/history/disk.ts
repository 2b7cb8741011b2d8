import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { sha256 } from '../../helpers/e2e/digest.ts'
import { uploadFiles } from '../../helpers/e2e/flavour.ts'

export interface Unfinished {
  /** Ids, sorted: of files, and of rows. */
  readonly files: readonly string[]
  readonly rows: readonly string[]
}

/** The uploads a registry keeps below its root. */
export async function unfinishedUploads(root: string): Promise<Unfinished> {
  const db = new Database(join(root, 'metadata.db'), { readonly: true })
  try {
    const rows = db.prepare<[], { id: string }>('SELECT id FROM upload_sessions').all()
    return {
      files: (await uploadFiles(root)).map((path) => basename(path)).sort(),
      rows: rows.map(({ id }) => id).sort(),
    }
  } finally {
    db.close()
  }
}

/** Paths of the objects whose names say that they hold this content. */
export async function objectsOf(root: string, digest: string): Promise<readonly string[]> {
  const hex = digest.slice('sha256:'.length)
  const directory = join(root, 'blobs/sha256', hex.slice(0, 2))
  const names = await readdir(directory)
  return names.filter((name) => name.startsWith(`${hex}-`)).map((name) => join(directory, name))
}

export async function digestOfObject(path: string): Promise<string> {
  return sha256(await readFile(path))
}
