import t from 'tap'
import { openDatabase } from '../../../storage/metadata/sqlite/database.ts'
import { migrate } from '../../../storage/metadata/sqlite/migrate.ts'
import { accounts } from '../../../storage/metadata/sqlite/migrations/0004-accounts.ts'
import { migrations } from '../../../storage/metadata/sqlite/migrations/all.ts'
import { openSqlite } from '../../../storage/metadata/sqlite/open.ts'
import { app, name, other } from './fixtures.ts'
import { temporaryFile } from './sqlite-subject.ts'

/** Two repositories that share a blob, one with a deleted manifest; a third had a blob only. */
const rows = `
INSERT INTO repositories (id, name, listed, created_at)
  VALUES (1, 'team/app', 1, 1), (2, 'team/other', 1, 1), (3, 'blobs/only', 0, 1);
INSERT INTO blobs (id, digest, size, storage_key, created_at)
  SELECT value, CAST(printf('%033d', value) AS BLOB), value, 'key ' || value, 1
  FROM json_each('[10, 200, 3000, 40000]');
INSERT INTO manifests (id, repository_id, digest, media_type, size, created_at, deleted_at)
  SELECT value ->> 0, value ->> 1, CAST(printf('%033d', value ->> 0) AS BLOB), 'm', value ->> 2,
    value ->> 3, value ->> 4
  FROM json_each('[[1, 1, 5, 7, null], [2, 1, 5, 8, null], [3, 2, 6, 9, null], [4, 2, 6, 10, 11]]');
INSERT INTO manifest_blobs VALUES (1, 10), (2, 10), (2, 200), (3, 200), (3, 3000), (4, 40000);
INSERT INTO tags VALUES (1, 'a', 1, 20), (1, 'b', 1, 7), (2, 'a', 3, 9);
`

t.test('accounts of what was there before them are counted once', async (t) => {
  const file = temporaryFile(t)
  const db = openDatabase(file)
  const earlier = migrations.filter(({ number }) => number < accounts.number)
  migrate(db, Date.now, earlier)
  db.exec(rows)
  db.close()

  const store = openSqlite({ file })
  t.teardown(() => store.close())
  const never = { pulls: 0, pulledAt: undefined }
  t.same(await store.accounts.repository(app), {
    ...{ name: app, tags: 2, manifests: 2, manifestBytes: 10 },
    ...{ stored: 220, unique: 20, pushedAt: 20, ...never },
  })
  t.same(await store.accounts.repository(other), {
    ...{ name: other, tags: 1, manifests: 1, manifestBytes: 6 },
    ...{ stored: 3206, unique: 3006, pushedAt: 10, ...never },
  })
  t.match(await store.accounts.repository(name('blobs/only')), { stored: 0, manifests: 0 })
  const query = { sort: 'size', descending: true, limit: 9 } as const
  t.same(
    (await store.accounts.repositories(query)).map((each) => each.name),
    [other, app],
  )
  t.match(await store.accounts.registry(), { repositories: 2, blobs: 3, stored: 3226 })
  t.strictSame(await store.accounts.recount(), [])
})
