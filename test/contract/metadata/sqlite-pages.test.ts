import Database from 'better-sqlite3'
import t from 'tap'
import { openSqlite } from '../../../storage/metadata/sqlite/open.ts'
import { name } from './fixtures.ts'
import { temporaryFile } from './sqlite-subject.ts'

const count = 100_000
const limit = 100
const boundMs = 10

const file = temporaryFile(t)
await openSqlite({ file }).close()

/**
 * 100,000 repositories with a manifest, as many that hold nothing between them, and 100,000 tags in
 * one of them. Names count up in six digits, so that their order is known.
 */
function seed(): void {
  const db = new Database(file)
  db.pragma('synchronous = OFF')
  const counter = `WITH RECURSIVE counter(i) AS (
    SELECT 0 UNION ALL SELECT i + 1 FROM counter WHERE i < ${count - 1})`
  db.exec(`
    BEGIN;
    ${counter} INSERT INTO repositories (name, listed, created_at)
      SELECT printf('team/app-%06d', i), 1, 0 FROM counter;
    ${counter} INSERT INTO repositories (name, created_at)
      SELECT printf('team/app-%06d-empty', i), 0 FROM counter;
    INSERT INTO manifests (repository_id, digest, media_type, size, created_at)
      VALUES (1, zeroblob(33), 'application/vnd.oci.image.manifest.v1+json', 2, 0);
    ${counter} INSERT INTO tags (repository_id, name, manifest_id, pushed_at)
      SELECT 1, printf('v%06d', i), 1, 0 FROM counter;
    COMMIT`)
  db.close()
}
seed()
const store = openSqlite({ file })
t.teardown(() => store.close())

async function median(page: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 21; round++) {
    const begun = performance.now()
    await page()
    times.push(performance.now() - begun)
  }
  return times.sort((a, b) => a - b)[10] as number
}

const after = (prefix: string, i: number) => `${prefix}${String(i).padStart(6, '0')}`
const texts = (prefix: string, from: number) =>
  Array.from({ length: limit }, (_, i) => after(prefix, from + i))

const pages = {
  'the catalog': {
    page: () => store.repositories.list({ after: after('team/app-', 49_999), limit }),
    expected: texts('team/app-', 50_000),
  },
  'the tags of one repository': {
    page: () => store.tags.list(name('team/app-000000'), { after: after('v', 49_999), limit }),
    expected: texts('v', 50_000),
  },
}

for (const [title, { page, expected }] of Object.entries(pages)) {
  t.test(`a page in the middle of ${title} takes less than ${boundMs} ms`, async (t) => {
    t.strictSame(await page(), expected)
    const time = await median(page)
    t.comment(`median ${time.toFixed(3)} ms`)
    t.ok(time < boundMs, `median ${time.toFixed(3)} ms`)
  })
}

t.test('a search through all of them is exact', async (t) => {
  const page = () => store.repositories.search('09999', { limit: 5 })
  t.strictSame(await page(), {
    names: ['team/app-009999', ...[0, 1, 2, 3].map((i) => `team/app-09999${i}`)],
    total: 11,
  })
  t.comment(`median ${(await median(page)).toFixed(3)} ms`)
})
