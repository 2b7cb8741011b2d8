import t from 'tap'
import { accessAccountSql } from '../../../storage/metadata/sqlite/access/accounts.ts'
import { accessVersionSql } from '../../../storage/metadata/sqlite/access/book.ts'
import { accountChangeSql } from '../../../storage/metadata/sqlite/access/changes.ts'
import { grantSql } from '../../../storage/metadata/sqlite/access/grants.ts'
import { accessGroupSql } from '../../../storage/metadata/sqlite/access/groups.ts'
import { accessNameSql } from '../../../storage/metadata/sqlite/access/names.ts'
import { findSecretSql, secretSql } from '../../../storage/metadata/sqlite/access/secrets.ts'
import { accessSourceSql } from '../../../storage/metadata/sqlite/access/sources.ts'
import { tokenSql } from '../../../storage/metadata/sqlite/access/tokens.ts'
import { daySql } from '../../../storage/metadata/sqlite/accounts/days.ts'
import { holdingsSql } from '../../../storage/metadata/sqlite/accounts/holdings.ts'
import { layerSql } from '../../../storage/metadata/sqlite/accounts/layers.ts'
import {
  repositoryAccountSql,
  repositoryPageSql,
} from '../../../storage/metadata/sqlite/accounts/repositories.ts'
import { tagAccountSql } from '../../../storage/metadata/sqlite/accounts/tags.ts'
import { totalSql } from '../../../storage/metadata/sqlite/accounts/totals.ts'
import { usageSql as accountUsageSql } from '../../../storage/metadata/sqlite/accounts/usage.ts'
import { visibleAccountSql } from '../../../storage/metadata/sqlite/accounts/visible.ts'
import { blobSql } from '../../../storage/metadata/sqlite/blobs.ts'
import { openDatabase } from '../../../storage/metadata/sqlite/database.ts'
import { deleteAllSql } from '../../../storage/metadata/sqlite/deletions/all.ts'
import { freedSql } from '../../../storage/metadata/sqlite/deletions/freed.ts'
import { oneSql } from '../../../storage/metadata/sqlite/deletions/one.ts'
import { purgeSql } from '../../../storage/metadata/sqlite/deletions/purge.ts'
import { relationSql } from '../../../storage/metadata/sqlite/deletions/relations.ts'
import { deletionSql } from '../../../storage/metadata/sqlite/deletions/rows.ts'
import { undoSql } from '../../../storage/metadata/sqlite/deletions/undo.ts'
import { collectSql } from '../../../storage/metadata/sqlite/garbage/collect.ts'
import { previewSql } from '../../../storage/metadata/sqlite/garbage/preview.ts'
import { garbageSql } from '../../../storage/metadata/sqlite/garbage/table.ts'
import { verdictSql } from '../../../storage/metadata/sqlite/garbage/verdicts.ts'
import { historySql } from '../../../storage/metadata/sqlite/history/table.ts'
import { holderSql } from '../../../storage/metadata/sqlite/holders.ts'
import { auditedBlobSql } from '../../../storage/metadata/sqlite/integrity/blobs.ts'
import { auditedManifestSql } from '../../../storage/metadata/sqlite/integrity/manifests.ts'
import { scrubSql } from '../../../storage/metadata/sqlite/integrity/scrub.ts'
import { listedFactSql } from '../../../storage/metadata/sqlite/listing/facts.ts'
import { listedLayerSql } from '../../../storage/metadata/sqlite/listing/layers.ts'
import {
  listedManifestSql,
  manifestEdgeSql,
} from '../../../storage/metadata/sqlite/listing/manifests.ts'
import { listedRepositorySql } from '../../../storage/metadata/sqlite/listing/repository.ts'
import { listedTagSql, tagEdgeSql } from '../../../storage/metadata/sqlite/listing/tags.ts'
import { edgeSql } from '../../../storage/metadata/sqlite/manifests/edges.ts'
import { findSql } from '../../../storage/metadata/sqlite/manifests/find.ts'
import { putSql } from '../../../storage/metadata/sqlite/manifests/put.ts'
import { referrersSql } from '../../../storage/metadata/sqlite/manifests/referrers.ts'
import { removeSql } from '../../../storage/metadata/sqlite/manifests/remove.ts'
import { leaseSql } from '../../../storage/metadata/sqlite/manifests/table.ts'
import { visibilitySql } from '../../../storage/metadata/sqlite/manifests/visibility.ts'
import { migrate } from '../../../storage/metadata/sqlite/migrate.ts'
import { pendingSql } from '../../../storage/metadata/sqlite/pending.ts'
import { quotaSql } from '../../../storage/metadata/sqlite/policies/quota-guard.ts'
import { storedRulesSql } from '../../../storage/metadata/sqlite/policies/stored-rules.ts'
import { policySql } from '../../../storage/metadata/sqlite/policies/table.ts'
import { tagGuardSql } from '../../../storage/metadata/sqlite/policies/tag-guard.ts'
import { timesSql } from '../../../storage/metadata/sqlite/policies/times.ts'
import { usageSql } from '../../../storage/metadata/sqlite/policies/usage.ts'
import { findPullSql } from '../../../storage/metadata/sqlite/pulls/find.ts'
import { recordPullSql } from '../../../storage/metadata/sqlite/pulls/record.ts'
import { pushSpanSql } from '../../../storage/metadata/sqlite/push-spans.ts'
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
  'a head by digest': [
    findSql.headByDigest,
    [repository, manifest, 'SEARCH q USING INTEGER PRIMARY KEY (rowid=?)'],
  ],
  'a blob': [
    blobSql.find,
    [
      'SEARCH b USING INDEX sqlite_autoindex_blobs_1 (digest=?)',
      repository,
      'SEARCH l USING PRIMARY KEY (repository_id=? AND blob_id=?)',
      'SEARCH q USING INTEGER PRIMARY KEY (rowid=?)',
    ],
  ],
  'the version of who may do what': [
    accessVersionSql,
    ['SEARCH access_version USING INTEGER PRIMARY KEY (rowid=?)'],
  ],
  'what a secret opens': [
    findSecretSql,
    [
      'SEARCH s USING INDEX sqlite_autoindex_access_secrets_1 (hash=?)',
      'SEARCH a USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH t USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
    ],
  ],
  'a page of tags': [tagSql.list, ['SEARCH tags USING PRIMARY KEY (repository_id=? AND name>?)']],
  'a page of tags with their times': [
    timesSql.tags,
    ['SEARCH t USING PRIMARY KEY (repository_id=? AND name>?)', taggedManifest],
  ],
  'a page of the catalog': [
    repositorySql.list,
    ['SEARCH repositories USING COVERING INDEX repositories_listed (name>?)'],
  ],
  'a stretch of the visible catalog': [
    repositorySql.visible,
    ['SEARCH repositories USING COVERING INDEX repositories_listed (name>? AND name<?)'],
  ],
  'a stretch of a search in what is visible': [
    repositorySql.visibleSearch,
    ['SEARCH repositories USING COVERING INDEX repositories_listed (name>? AND name<?)'],
  ],
  'a stretch of the visible accounts': [
    repositoryAccountSql.inRange,
    ['SEARCH repository_accounts USING INDEX repository_accounts_name (name>? AND name<?)'],
  ],
  'the holders of a blob among visible repositories': [
    holderSql.among,
    [
      'SEARCH r USING COVERING INDEX sqlite_autoindex_repositories_1 (name>? AND name<?)',
      'SEARCH l USING COVERING INDEX repository_blobs_blob (blob_id=? AND repository_id=?)',
      'SEARCH c USING PRIMARY KEY (repository_id=? AND blob_id=?) LEFT-JOIN',
    ],
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

/** They walk through the whole queue that is due, or a page of a table by its key. */
const { blobs: _, manifests: _manifests, ...garbageByKey } = garbageSql

const groups = {
  accessAccountSql,
  accessGroupSql,
  accessNameSql,
  accessSourceSql,
  accountChangeSql,
  grantSql,
  secretSql,
  tokenSql,
  closureSql: relationSql,
  deletionSql,
  deleteAllSql,
  purgeSql,
  freedSql,
  garbageByKey,
  historySql,
  holderSql,
  oneSql,
  collectSql,
  leaseSql,
  pushSpanSql,
  undoSql,
  verdictSql,
  previewSql,
  visibilitySql,
  auditedBlobSql,
  auditedManifestSql,
  scrubSql,
  blobSql,
  daySql,
  edgeSql,
  findPullSql,
  findSql,
  listedTagSql,
  manifestEdgeSql,
  holdingsSql,
  layerSql,
  pendingSql,
  pointerSql,
  policySql,
  quotaSql,
  storedRulesSql,
  tagGuardSql,
  timesSql,
  accountUsageSql,
  putSql,
  queueSql,
  recordPullSql,
  removeSql,
  repositoryAccountSql,
  repositoryPageSql,
  repositorySql,
  rightsSql,
  tagEdgeSql,
  tagSql,
  trashSql,
  uploadSql,
  usageSql,
  visibleAccountSql,
}

/** What is told about the manifests of a page: gathered, but from no more rows than the page leads to. */
const gathering = {
  ...listedFactSql,
  ...listedLayerSql,
  ...listedManifestSql,
  ...listedRepositorySql,
}

/** A term may stand anywhere in a name: all listed names are looked at, in their own small index. */
const searches = [repositorySql.count, repositorySql.search]

/** Which repositories a pattern matches is known of all their names alone. */
const measurements = [usageSql.names]

/** Administrators are few, and have an index of their own. */
const administrators = [accountChangeSql.anotherAdmin]

t.test('no other statement reads a whole table or sorts', async (t) => {
  const statements = Object.entries(groups).flatMap(([group, texts]) =>
    Object.entries(texts).map(([name, sql]) => [`${group}.${name}`, sql] as const),
  )
  t.ok(statements.length > 40)
  for (const [name, sql] of statements) {
    if ([searches, measurements, administrators].some((few) => few.includes(sql))) continue
    const costly = plan(sql).filter((step) =>
      /^(SCAN|USE TEMP) (?!json_each|CONSTANT|above|\(subquery-)/.test(step),
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

t.test('another administrator is looked for in the index of administrators', async (t) => {
  for (const sql of administrators) {
    t.strictSame(plan(sql), ['SCAN access_accounts USING INDEX access_accounts_admin'])
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

t.test('pages for people are read along their orders', async (t) => {
  const ways = {
    byName: 'SEARCH t USING PRIMARY KEY (repository_id=? AND name>? AND name<?)',
    byNameDown: 'SEARCH t USING PRIMARY KEY (repository_id=? AND name>? AND name<?)',
    byTime:
      'SEARCH t USING INDEX tags_pushed (repository_id=? AND (pushed_at,name)>(?,?) AND (pushed_at,name)<(?,?))',
    byTimeDown:
      'SEARCH t USING INDEX tags_pushed (repository_id=? AND (pushed_at,name)>(?,?) AND (pushed_at,name)<(?,?))',
  }
  for (const [name, step] of Object.entries(ways)) {
    const steps = plan(listedTagSql[name as keyof typeof ways])
    t.strictSame(steps, [step, taggedManifest], name)
  }
  for (const sql of Object.values(listedManifestSql)) {
    t.equal(
      plan(sql)[0],
      'SEARCH m USING INDEX manifests_created (repository_id=? AND (created_at,digest)>(?,?) AND (created_at,digest)<(?,?))',
    )
  }
  for (const sql of [...Object.values(tagEdgeSql), ...Object.values(manifestEdgeSql)]) {
    t.match(plan(sql).join(), /^SEARCH t USING PRIMARY KEY[^,]*$|^SEARCH . USING COVERING INDEX/)
  }
})

t.test('what is gathered for a page scans no table and sorts nothing', async (t) => {
  const own = /^SCAN (\(subquery|d VIRTUAL|roots|reach|held|parts|holders|CONSTANT)/
  const deleted = 'SCAN m USING INDEX manifests_gone'
  for (const [name, sql] of Object.entries(gathering)) {
    const costly = plan(sql)
      .filter((step) => step.startsWith('SCAN') || step.includes('ORDER BY'))
      .filter((step) => !own.test(step) && step !== deleted)
    t.strictSame(costly, [], name)
  }
  t.match(plan(listedRepositorySql.facts).slice(1), [/ t USING COVERING/, / m USING COVERING/])
})
