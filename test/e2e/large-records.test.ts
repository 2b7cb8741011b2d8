import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { cursor, medianOf } from '../helpers/e2e/median.ts'
import { startRegistry } from '../helpers/e2e/registry.ts'
import { seedLists } from '../helpers/seed-lists.ts'

t.setTimeout(180_000)

const count = 100_000
const boundMs = 15

/** As many moves of one tag, entries of the activity log twice over, runs of the collector, entries of one journal, and layers. */
function seedRecords(file: string): void {
  const db = new Database(file)
  db.pragma('synchronous = OFF')
  const counter = `WITH RECURSIVE counter(i) AS (
    SELECT 0 UNION ALL SELECT i + 1 FROM counter WHERE i < ${count - 1})`
  const digest = "unhex('01' || printf('%064x', i))"
  db.exec(`
    BEGIN;
    UPDATE repository_accounts SET stored_bytes = repository_id, unique_bytes = repository_id % 1000,
      tags = repository_id % 7, pushed_at = repository_id * 1000, pulled_at = repository_id * 999;
    ${counter} INSERT INTO tag_history (repository_id, name, old_digest, new_digest, at)
      SELECT 1, 'latest', ${digest}, ${digest}, i FROM counter;
    ${counter} INSERT INTO activity (id, at, action, actor, client, repository, tag, digest, count)
      SELECT 1 + i, i, iif(i % 2, 'push', 'tag'), 'user-' || (i % 100), '10.0.0.1', 'team/app-000000',
        'v1', ${digest}, 1 FROM counter;
    ${counter} INSERT INTO activity (id, at, action, actor, client, repository, count)
      SELECT ${count} + 1 + i, ${count} + i, 'pull', 'user-' || (i % 100), '10.0.0.1',
        printf('team/app-%06d', i), 1 FROM counter;
    ${counter} INSERT INTO gc_runs (id, cause, started_at, finished_at)
      SELECT 1 + i, 'schedule', 9000000000000 + i, 9000000000000 + i FROM counter;
    ${counter} INSERT INTO gc_journal (run_id, kind, digest, bytes, reason, at)
      SELECT 1, 'blob', ${digest}, i, 'uploaded', i FROM counter;
    ${counter} INSERT INTO blobs (id, digest, size, storage_key, created_at)
      SELECT 1 + i, ${digest}, i, 'key ' || i, 0 FROM counter;
    ${counter} INSERT INTO repository_contents (repository_id, blob_id, manifests)
      SELECT 1, 1 + i, 1 FROM counter;
    COMMIT`)
  db.close()
}

const registry = await startRegistry(t)
await registry.stop()
const file = join(registry.root, 'metadata.db')
seedLists(file, count)
seedRecords(file)
await registry.start()

const base = `${registry.url}/api/v1`

interface Page {
  readonly items: readonly unknown[]
  readonly next?: string
}

async function get(path: string): Promise<Page> {
  const answer = await fetch(base + path)
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Page
}

const half = count / 2
const name = `team/app-0${half}`
const repo = 'repo=team/app-000000'
const digest = `sha256:${half.toString(16).padStart(64, '0')}`

const pages: Readonly<Record<string, string>> = {
  'repositories by name': `/repos?cursor=${cursor('repos name', 0, name)}`,
  'the largest repositories': `/repos?sort=-size&cursor=${cursor('repos -size', half, name)}`,
  'repositories by what is their own': `/repos?sort=unique&cursor=${cursor('repos unique', 500, name)}`,
  'repositories by tags': `/repos?sort=tags&cursor=${cursor('repos tags', 3, name)}`,
  'repositories by pushes': `/repos?sort=-pushedAt&cursor=${cursor('repos -pushedAt', half * 1000, name)}`,
  'repositories by pulls': `/repos?sort=pulledAt&cursor=${cursor('repos pulledAt', half * 999, name)}`,
  'repositories by a part of their name': '/repos?q=777',
  'moves of a tag': `/tags/history?${repo}&tag=latest&cursor=${cursor('tag-moves', half)}`,
  'what was done in a repository': `/activity?${repo}&cursor=${cursor('activity', half, half)}`,
  'what was done by somebody': `/activity?actor=user-7&cursor=${cursor('activity', half, half)}`,
  'all pulls': `/activity?action=pull&cursor=${cursor('activity', count + half, count + half)}`,
  'all that was done': `/activity?cursor=${cursor('activity', count + half, count + half)}`,
  collections: `/gc/runs?cursor=${cursor('gc-runs', half)}`,
  'what one collection removed': `/gc/runs/1/journal?cursor=${cursor('gc-journal', half)}`,
  'the largest layers': `/storage/layers?cursor=${cursor('layers', half, digest)}`,
}

for (const [title, path] of Object.entries(pages)) {
  t.test(`a page of ${title} among ${count} takes less than ${boundMs} ms`, async (t) => {
    t.equal((await get(path)).items.length, 50)
    const time = await medianOf(base + path)
    t.comment(`median ${time.toFixed(2)} ms`)
    t.ok(time < boundMs, `median ${time.toFixed(2)} ms`)
  })
}
