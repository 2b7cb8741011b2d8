import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { AccountDifference, AccountTable } from '../../accounts/store.ts'
import type { Context } from '../context.ts'
import { fromColumn } from '../digest-column.ts'

/** What `usage.ts` keeps, counted from the rows it is about: slow, and easy to believe. */
const contents = `contents AS MATERIALIZED (
  SELECT m.repository_id, e.blob_id, count(*) AS manifests FROM manifests m
  JOIN manifest_blobs e ON e.manifest_id = m.id WHERE m.deleted_at IS NULL
  GROUP BY m.repository_id, e.blob_id)`

const holders = `holders AS MATERIALIZED (
  SELECT c.blob_id, b.size, count(*) AS repositories FROM contents c
  JOIN blobs b ON b.id = c.blob_id GROUP BY c.blob_id)`

const counted = {
  tags: '(SELECT count(*) FROM tags t WHERE t.repository_id = r.id)',
  manifests: `(SELECT count(*) FROM manifests m
    WHERE m.repository_id = r.id AND m.deleted_at IS NULL)`,
  manifestBytes: `(SELECT coalesce(sum(m.size), 0) FROM manifests m
    WHERE m.repository_id = r.id AND m.deleted_at IS NULL)`,
  blobBytes: 'coalesce(h.bytes, 0)',
  uniqueBytes: 'coalesce(h.uniqueBytes, 0)',
}

export const recountSql = {
  contents: `WITH ${contents} SELECT r.name AS repository, b.digest, d.* FROM (
      SELECT c.repository_id AS repositoryId, c.blob_id AS blobId, coalesce(k.manifests, 0) AS kept,
        c.manifests AS counted FROM contents c LEFT JOIN repository_contents k
        ON k.repository_id = c.repository_id AND k.blob_id = c.blob_id
        WHERE k.manifests IS NOT c.manifests
      UNION ALL SELECT k.repository_id, k.blob_id, k.manifests, 0 FROM repository_contents k
        LEFT JOIN contents c ON c.repository_id = k.repository_id AND c.blob_id = k.blob_id
        WHERE c.blob_id IS NULL) d
    LEFT JOIN repositories r ON r.id = d.repositoryId LEFT JOIN blobs b ON b.id = d.blobId`,
  repositories: `WITH ${contents}, ${holders}, held AS MATERIALIZED (
      SELECT c.repository_id, sum(h.size) AS bytes,
        sum(h.size) FILTER (WHERE h.repositories = 1) AS uniqueBytes
      FROM contents c JOIN holders h ON h.blob_id = c.blob_id GROUP BY c.repository_id)
    SELECT r.id, r.name,
      a.listed AS keptListed, ${counted.manifests} > 0 AS countedListed,
      a.tags AS keptTags, ${counted.tags} AS countedTags,
      a.manifests AS keptManifests, ${counted.manifests} AS countedManifests,
      a.manifest_bytes AS keptManifestBytes, ${counted.manifestBytes} AS countedManifestBytes,
      a.stored_bytes AS keptStored, ${counted.manifestBytes} + ${counted.blobBytes} AS countedStored,
      a.unique_bytes AS keptUnique, ${counted.manifestBytes} + ${counted.uniqueBytes} AS countedUnique
    FROM repositories r LEFT JOIN held h ON h.repository_id = r.id
    LEFT JOIN repository_accounts a ON a.repository_id = r.id`,
  all: `WITH ${contents}, ${holders} SELECT count(*) AS countedBlobs,
      coalesce(sum(size), 0) AS countedBytes,
      coalesce((SELECT blobs FROM content_account), 0) AS keptBlobs,
      coalesce((SELECT bytes FROM content_account), 0) AS keptBytes FROM holders`,
}

export const correctSql = {
  content: `INSERT INTO repository_contents (repository_id, blob_id, manifests) VALUES (?, ?, ?)
    ON CONFLICT (repository_id, blob_id) DO UPDATE SET manifests = excluded.manifests`,
  noContent: 'DELETE FROM repository_contents WHERE repository_id = ? AND blob_id = ?',
  repository: `INSERT INTO repository_accounts (repository_id, name, listed, tags, manifests,
      manifest_bytes, stored_bytes, unique_bytes) VALUES (@id, @name, @countedListed, @countedTags,
      @countedManifests, @countedManifestBytes, @countedStored, @countedUnique)
    ON CONFLICT (repository_id) DO UPDATE SET listed = excluded.listed, tags = excluded.tags,
      manifests = excluded.manifests, manifest_bytes = excluded.manifest_bytes,
      stored_bytes = excluded.stored_bytes, unique_bytes = excluded.unique_bytes`,
  all: `INSERT OR REPLACE INTO content_account (id, blobs, bytes)
    VALUES (1, @countedBlobs, @countedBytes)`,
}

interface ContentRow {
  readonly repository: RepositoryName | null
  readonly digest: Buffer | null
  readonly repositoryId: number
  readonly blobId: number
  readonly kept: number
  readonly counted: number
}

const kinds = [
  ['listed in the catalog', 'Listed'],
  ['tags', 'Tags'],
  ['manifests', 'Manifests'],
  ['bytes of manifests', 'ManifestBytes'],
  ['stored bytes', 'Stored'],
  ['unique bytes', 'Unique'],
] as const

type Kind = (typeof kinds)[number][1]

type RepositoryRow = { readonly id: number; readonly name: RepositoryName } & Readonly<
  Record<`kept${Kind}`, number | null> & Record<`counted${Kind}`, number>
>

interface AllRow {
  readonly countedBlobs: number
  readonly countedBytes: number
  readonly keptBlobs: number
  readonly keptBytes: number
}

function contentDifference({ repository, digest, kept, counted }: ContentRow): AccountDifference {
  const blob = digest === null ? 'a blob that is not there' : fromColumn(digest)
  const what = `manifests that hold ${blob}`
  return { ...(repository === null ? {} : { repository }), what, kept, counted }
}

function repositoryDifferences(row: RepositoryRow): readonly AccountDifference[] {
  return kinds
    .map(([what, kind]) => {
      const [kept, counted] = [row[`kept${kind}`] ?? 0, row[`counted${kind}`]]
      return { repository: row.name, what, kept, counted }
    })
    .filter(({ kept, counted }) => kept !== counted)
}

function allDifferences(row: AllRow): readonly AccountDifference[] {
  const blobs = { what: 'blobs', kept: row.keptBlobs, counted: row.countedBlobs }
  const bytes = { what: 'bytes of blobs', kept: row.keptBytes, counted: row.countedBytes }
  return [blobs, bytes].filter(({ kept, counted }) => kept !== counted)
}

/** What differs, as rows. */
function createCount({ db }: Context) {
  const contentRows = db.prepare<[], ContentRow>(recountSql.contents)
  const repositoryRows = db.prepare<[], RepositoryRow>(recountSql.repositories)
  const allRow = db.prepare<[], AllRow>(recountSql.all)
  return () => ({
    contents: contentRows.all(),
    repositories: repositoryRows.all().filter((row) => repositoryDifferences(row).length > 0),
    all: allRow.get() as AllRow,
  })
}

type Counted = ReturnType<ReturnType<typeof createCount>>

function differences({ contents: rows, repositories, all }: Counted): AccountDifference[] {
  return [
    ...rows.map(contentDifference),
    ...repositories.flatMap(repositoryDifferences),
    ...allDifferences(all),
  ]
}

export function createRecount(context: Context): Pick<AccountTable, 'recount' | 'correct'> {
  const { db, write } = context
  const count = createCount(context)
  const countAtOnce = db.transaction(count)
  const setContent = db.prepare<[number, number, number]>(correctSql.content)
  const removeContent = db.prepare<[number, number]>(correctSql.noContent)
  const setRepository = db.prepare<[RepositoryRow]>(correctSql.repository)
  const setAll = db.prepare<[AllRow]>(correctSql.all)

  function set({ contents: rows, repositories, all }: Counted): void {
    for (const { repositoryId, blobId, counted: manifests } of rows) {
      if (manifests > 0) setContent.run(repositoryId, blobId, manifests)
      else removeContent.run(repositoryId, blobId)
    }
    for (const row of repositories) setRepository.run(row)
    setAll.run(all)
  }

  return {
    async recount() {
      return differences(countAtOnce())
    },
    correct: () =>
      write(() => {
        const found = count()
        const differing = differences(found)
        if (differing.length > 0) set(found)
        return differing
      }),
  }
}
