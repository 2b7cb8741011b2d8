import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openSqlite } from '../../storage/metadata/sqlite/open.ts'
import { seedLists } from '../../test/helpers/seed-lists.ts'
import { manifestType } from '../load/content.ts'
import { manyManifests } from './many.ts'
import { tagName } from './names.ts'

async function makeSchema(root: string): Promise<string> {
  const file = join(root, 'metadata.db')
  await openSqlite({ file }).close()
  return file
}

/** So many repositories, and so many tags in the first one. */
export async function fillLists(root: string, count: number): Promise<void> {
  seedLists(await makeSchema(root), count)
}

/** One repository of so many manifests with a tag each. Rows at once: each push would be synced. */
export async function fillManifests(root: string, count: number): Promise<void> {
  const db = new Database(await makeSchema(root))
  db.pragma('synchronous = OFF')
  db.exec(`BEGIN; INSERT INTO repositories (name, listed, created_at) VALUES ('team/app', 1, 0)`)
  const manifest = db.prepare(
    'INSERT INTO manifests (repository_id, digest, media_type, size, created_at) VALUES (1, ?, ?, ?, 0)',
  )
  const body = db.prepare('INSERT INTO manifest_bodies (manifest_id, body) VALUES (?, ?)')
  const tag = db.prepare(
    'INSERT INTO tags (repository_id, name, manifest_id, pushed_at) VALUES (1, ?, ?, 0)',
  )
  let number = 0
  for (const { bytes, digest } of manyManifests(count)) {
    const column = Buffer.from(digest.replace('sha256:', '01'), 'hex')
    const { lastInsertRowid } = manifest.run(column, manifestType, bytes.length)
    body.run(lastInsertRowid, bytes)
    tag.run(tagName(number), lastInsertRowid)
    number += 1
  }
  db.exec('COMMIT')
  db.close()
}
