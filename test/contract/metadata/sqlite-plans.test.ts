import t from 'tap'
import { daySql } from '../../../storage/metadata/sqlite/accounts/days.ts'
import { holdingsSql } from '../../../storage/metadata/sqlite/accounts/holdings.ts'
import { layerSql } from '../../../storage/metadata/sqlite/accounts/layers.ts'
import {
  repositoryAccountSql,
  repositoryPageSql,
} from '../../../storage/metadata/sqlite/accounts/repositories.ts'
import { tagAccountSql } from '../../../storage/metadata/sqlite/accounts/tags.ts'
import { totalSql } from '../../../storage/metadata/sqlite/accounts/totals.ts'
import { usageSql } from '../../../storage/metadata/sqlite/accounts/usage.ts'
import { blobSql } from '../../../storage/metadata/sqlite/blobs.ts'
import { openDatabase } from '../../../storage/metadata/sqlite/database.ts'
import { auditedBlobSql } from '../../../storage/metadata/sqlite/integrity/blobs.ts'
import { auditedManifestSql } from '../../../storage/metadata/sqlite/integrity/manifests.ts'
import { scrubSql } from '../../../storage/metadata/sqlite/integrity/scrub.ts'
import { edgeSql } from '../../../storage/metadata/sqlite/manifests/edges.ts'
import { findSql } from '../../../storage/metadata/sqlite/manifests/find.ts'
import { putSql } from '../../../storage/metadata/sqlite/manifests/put.ts'
import { referrersSql } from '../../../storage/metadata/sqlite/manifests/referrers.ts'
import { removeSql } from '../../../storage/metadata/sqlite/manifests/remove.ts'
import { migrate } from '../../../storage/metadata/sqlite/migrate.ts'
import { pendingSql } from '../../../storage/metadata/sqlite/pending.ts'
import { queueSql } from '../../../storage/metadata/sqlite/queues.ts'
import { repositorySql } from '../../../storage/metadata/sqlite/repositories.ts'
import { rightsSql } from '../../../storage/metadata/sqlite/rights.ts'
import { pointerSql } from '../../../storage/metadata/sqlite/tag-pointers.ts'
import { tagSql } from '../../../storage/metadata/sqlite/tags.ts'
import { trashSql } from '../../../storage/metadata/sqlite/trash.ts'
import { uploadSql } from '../../../storage/metadata/sqlite/uploads.ts'
import { temporaryFile } from './sqlite-subject.ts'

const db = openDatabase(temporaryFile(t))
t.teardown(() => db.close())
migrate(db, Date.now)

/** The steps that read rows or sort them, as SQLite would run the statement. */
function plan(sql: string): readonly string[] {
  const names = [...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name, null])
  const positions = [...sql.matchAll(/\?/g)].map(() => null)
  const bound = names.length > 0 ? [Object.fromEntries(names)] : positions
  const rows = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...bound)
  return rows.map((row) => row.detail).filter((step) => /^(SEARCH|SCAN|USE TEMP)/.test(step))
}

const repository = 'SEARCH r USING COVERING INDEX sqlite_autoindex_repositories_1 (name=?)'
const manifest = 'SEARCH m USING INDEX sqlite_autoindex_manifests_1 (repository_id=? AND digest=?)'
const taggedManifest = 'SEARCH m USING INTEGER PRIMARY KEY (rowid=?)'
const body = 'SEARCH b USING INTEGER PRIMARY KEY (rowid=?)'
const tag = 'SEARCH t USING PRIMARY KEY (repository_id=? AND name=?)'

const hot: Readonly<Record<string, readonly [sql: string, steps: readonly string[]]>> = {
  'a manifest by tag': [findSql.findByTag, [repository, tag, taggedManifest, body]],
  'a manifest by digest': [findSql.findByDigest, [repository, manifest, body]],
  'a head by tag': [findSql.headByTag, [repository, tag, taggedManifest]],
  'a head by digest': [findSql.headByDigest, [repository, manifest]],
  'a blob': [
    rightsSql.find,
    [
      'SEARCH b USING INDEX sqlite_autoindex_blobs_1 (digest=?)',
      repository,
      'SEARCH l USING COVERING INDEX repository_blobs_blob (blob_id=? AND repository_id=?)',
    ],
  ],
  'a page of tags': [tagSql.list, ['SEARCH tags USING PRIMARY KEY (repository_id=? AND name>?)']],
  'a page of the catalog': [
    repositorySql.list,
    ['SEARCH repositories USING COVERING INDEX repositories_listed (name>?)'],
  ],
  'a page of referrers': [
    referrersSql,
    [
      repository,
      'SEARCH m USING INDEX manifests_subject (repository_id=? AND subject_digest=? AND digest>?)',
      'SCAN json_each VIRTUAL TABLE INDEX 1:',
    ],
  ],
}

for (const [title, [sql, steps]] of Object.entries(hot)) {
  t.test(`${title} is looked up by its keys`, async (t) => {
    t.strictSame(plan(sql), steps)
  })
}

const groups = {
  auditedBlobSql,
  auditedManifestSql,
  scrubSql,
  blobSql,
  daySql,
  edgeSql,
  findSql,
  holdingsSql,
  layerSql,
  pendingSql,
  pointerSql,
  putSql,
  queueSql,
  removeSql,
  repositoryAccountSql,
  repositoryPageSql,
  repositorySql,
  rightsSql,
  tagSql,
  trashSql,
  uploadSql,
  usageSql,
}

/** A term may stand anywhere in a name: all listed names are looked at, in their own small index. */
const searches = [repositorySql.count, repositorySql.search]

t.test('no other statement reads a whole table or sorts', async (t) => {
  const statements = Object.entries(groups).flatMap(([group, texts]) =>
    Object.entries(texts).map(([name, sql]) => [`${group}.${name}`, sql] as const),
  )
  t.ok(statements.length > 40)
  for (const [name, sql] of statements) {
    if (searches.includes(sql)) continue
    const costly = plan(sql).filter((step) =>
      /^(SCAN|USE TEMP) (?!json_each|CONSTANT|\(subquery-)/.test(step),
    )
    t.strictSame(costly, [], name)
  }
})

/** Their own tables, which hold what was asked about, are read to the end; no stored one is. */
const ownTables = /^SCAN (closure|staying|going|freed|roots|mine|c|g|h|(j VIRTUAL|CONSTANT) .*)$/

/** These say that they read a row a repository, or all that waits. */
const wholeTables = [totalSql.registry, totalSql.unheld, totalSql.trash, totalSql.trashUnknown]

t.test('accounts of some tags or names read what those hold', async (t) => {
  for (const [name, sql] of Object.entries({ ...tagAccountSql, ...totalSql })) {
    if (wholeTables.includes(sql)) continue
    const scans = plan(sql).filter((step) => step.startsWith('SCAN'))
    t.strictSame(
      scans.filter((step) => !ownTables.test(step)),
      [],
      name,
    )
  }
})

t.test('a search reads the index of listed repositories alone', async (t) => {
  for (const sql of searches) {
    t.match(
      plan(sql).join(),
      /^(SCAN|SEARCH) repositories USING COVERING INDEX repositories_listed[^,]*$/,
    )
  }
})
