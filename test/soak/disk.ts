import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'

interface Rows {
  readonly blobs: ReadonlyMap<string, number>
  readonly trash: number
  readonly uploads: number
  readonly manifests: number
}

function readRows(root: string): Rows {
  const db = new Database(join(root, 'metadata.db'), { readonly: true })
  const count = (table: string) =>
    db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0
  try {
    const rows = db
      .prepare<[], { key: string; size: number }>('SELECT storage_key AS key, size FROM blobs')
      .all()
    return {
      blobs: new Map(rows.map(({ key, size }) => [key, size])),
      trash: count('gc_objects') as number,
      uploads: count('upload_sessions') as number,
      manifests: count('manifests') as number,
    }
  } finally {
    db.close()
  }
}

async function filesBelow(directory: string): Promise<ReadonlyMap<string, number>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size))
  return new Map(paths.map((path, at) => [path.slice(directory.length + 1), sizes[at] ?? 0]))
}

const sum = (sizes: Iterable<number>) => [...sizes].reduce((total, size) => total + size, 0)

export interface DiskFindings {
  readonly files: number
  readonly bytes: number
  /** What does not agree, in words. */
  readonly problems: readonly string[]
}

/** Compares the files of a data directory with its rows; no registry may be at work. */
export async function inspectDisk(root: string): Promise<DiskFindings> {
  const { blobs, trash, uploads } = readRows(root)
  const files = await filesBelow(join(root, 'blobs'))
  const unfinished = await filesBelow(join(root, 'uploads'))
  const strays = [...files.keys()].filter((key) => !blobs.has(key))
  const lost = [...blobs.keys()].filter((key) => !files.has(key))
  const problems: string[] = []
  const complain = (count: number, what: string) => {
    if (count > 0) problems.push(`${count} ${what}`)
  }
  complain(strays.length, `files that no row names, such as ${strays[0]}`)
  complain(lost.length, `rows without a file, such as ${lost[0]}`)
  complain(trash, 'objects in the trash')
  complain(uploads, 'rows of uploads')
  complain(unfinished.size, 'files of uploads')
  const [onDisk, inRows] = [sum(files.values()), sum(blobs.values())]
  if (onDisk !== inRows) problems.push(`${onDisk} bytes of files, ${inRows} bytes of rows`)
  return { files: files.size, bytes: onDisk, problems }
}
