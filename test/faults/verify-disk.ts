import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { sha256OfFile } from '../helpers/e2e/digest.ts'
import type { World } from './world.ts'

interface ObjectRow {
  readonly key: string
  readonly size: number
}

interface Rows {
  readonly blobs: readonly ObjectRow[]
  /** Objects that are to be removed. */
  readonly trash: ReadonlySet<string>
}

function checkDatabase(world: World, db: Database.Database): void {
  const integrity = db.pragma('integrity_check', { simple: true })
  if (integrity !== 'ok') world.fail('corrupt', `integrity_check: ${integrity}`)
  const foreign = db.pragma('foreign_key_check') as readonly unknown[]
  if (foreign.length > 0) {
    world.fail('dangling', `foreign_key_check: ${JSON.stringify(foreign.slice(0, 3))}`)
  }
}

function readRows(world: World): Rows {
  const db = new Database(join(world.options.root, 'metadata.db'), { readonly: true })
  try {
    checkDatabase(world, db)
    const blobs = db.prepare<[], ObjectRow>('SELECT storage_key AS key, size FROM blobs').all()
    const trash = db.prepare<[], ObjectRow>('SELECT storage_key AS key FROM gc_objects').all()
    return { blobs, trash: new Set(trash.map(({ key }) => key)) }
  } finally {
    db.close()
  }
}

async function objectFiles(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
}

/** A file's name begins with the hash of its content. */
async function checkFile(world: World, key: string): Promise<void> {
  const found = await sha256OfFile(join(world.options.root, 'blobs', key))
  const [hex] = basename(key).split('-')
  if (found !== `sha256:${hex}`)
    world.fail('corrupt', `the file ${key} has the content of ${found}`)
}

export interface DiskOptions {
  /** Reads every file, not only those that were not read before. */
  readonly complete: boolean
}

/**
 * Looks at the data directory of a registry that was started after the fault and stopped again: the
 * database is sound, each object it names is there, each file holds what its name says, and no file
 * is there that nobody will ever remove.
 */
export async function verifyDisk(world: World, { complete }: DiskOptions): Promise<void> {
  const directory = join(world.options.root, 'blobs')
  const { blobs, trash } = readRows(world)
  const files = await objectFiles(directory)
  const named = new Set(blobs.map(({ key }) => key))
  for (const { key, size } of blobs) {
    const found = await stat(join(directory, key)).catch(() => undefined)
    if (found?.size === size) continue
    world.fail('dangling', `the file ${key} has ${found?.size ?? 'no'} bytes instead of ${size}`)
  }
  for (const key of files) {
    if (!named.has(key) && !trash.has(key)) world.fail('stuck', `nobody knows the file ${key}`)
    if (!complete && world.checkedFiles.has(key)) continue
    await checkFile(world, key)
    world.checkedFiles.add(key)
  }
}
