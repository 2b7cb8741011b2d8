import Database from 'better-sqlite3'
import type { Test } from 'tap'
import type { Digest } from '../../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import { createUsage, type Usage } from '../../../../storage/metadata/sqlite/accounts/usage.ts'
import { toColumn } from '../../../../storage/metadata/sqlite/digest-column.ts'
import type { MetadataStore, NewManifest } from '../../../../storage/metadata/store.ts'
import { createRandom, type Random } from '../../../faults/random.ts'
import { begin, blob, digest, manifest, name, tag } from '../fixtures.ts'
import { openSqliteSubject, temporaryFile } from '../sqlite-subject.ts'

export const repositories: readonly RepositoryName[] = ['a', 'team/a', 'team/b', 'team/b/c'].map(
  name,
)
const tags: readonly Tag[] = ['v1', 'v2', 'latest'].map(tag)

/** Of different sizes, one of them empty. */
const texts = Array.from({ length: 9 }, (_, n) => String(n).repeat(n * n))

/** A store on which things happen by chance, as its seed says. */
export interface World {
  readonly store: MetadataStore
  /** Beside the store, on the same file. */
  readonly db: Database.Database
  readonly random: Random
  readonly clock: { now: number }
  /** Something that clients or the collector might do; says what. */
  step(): Promise<string>
}

interface Parts extends Omit<World, 'step'> {
  readonly usage: Usage
  /** Whatever was pushed, by repository. */
  readonly pushed: Map<RepositoryName, NewManifest[]>
}

function refer(digests: readonly Digest[], required: boolean) {
  return digests.map((each) => ({ digest: each, required }))
}

async function pushBlob({ store, random }: Parts): Promise<string> {
  const [repository, text] = [random.pick(repositories), random.pick(texts)]
  await store.blobs.commit(await begin(store, repository), blob(text))
  return `push blob ${text.length} to ${repository}`
}

async function mountBlob({ store, random }: Parts): Promise<string> {
  const [from, to, text] = [
    random.pick(repositories),
    random.pick(repositories),
    random.pick(texts),
  ]
  await store.blobs.mount(digest(text), to, from)
  return `mount ${text.length} from ${from} to ${to}`
}

async function unlinkBlob({ store, random }: Parts): Promise<string> {
  const [repository, text] = [random.pick(repositories), random.pick(texts)]
  await store.blobs.unlink(repository, digest(text))
  return `unlink ${text.length} in ${repository}`
}

/** Blobs that are to come count as well as those that are there: each is optional. */
function someBlobs(random: Random) {
  const count = random.between(0, 4)
  const chosen = Array.from({ length: count }, () => digest(random.pick(texts)))
  return refer([...new Set(chosen)], false)
}

function somethingPushed({ pushed, random }: Parts, repository: RepositoryName): Digest {
  const known = pushed.get(repository) ?? []
  return known.length > 0 ? random.pick(known).digest : digest('nothing')
}

/** An image, an index or a referrer, whose children and subject may come later, or never. */
async function putManifest(parts: Parts): Promise<string> {
  const { store, random, pushed, clock } = parts
  const repository = random.pick(repositories)
  const childCount = random.chance(0.4) ? random.between(1, 3) : 0
  const children = Array.from({ length: childCount }, () => somethingPushed(parts, repository))
  // An index may list what is a blob, too.
  if (random.chance(0.1)) children.push(digest(random.pick(texts)))
  const made = manifest(`${clock.now} ${random.next()}`, {
    blobs: someBlobs(random),
    children: refer([...new Set(children)], false),
    ...(random.chance(0.3) ? { subject: somethingPushed(parts, repository) } : {}),
  })
  pushed.set(repository, [...(pushed.get(repository) ?? []), made])
  // Some are known to others before they are there themselves.
  if (random.chance(0.1)) return `think of ${made.digest}`
  const wanted = random.chance(0.7) ? [random.pick(tags)] : []
  await store.manifests.put(repository, made, wanted)
  return `put ${made.digest} to ${repository} as ${wanted}`
}

interface Marked {
  readonly id: number
  readonly at: number | null
}

/** One that can be undone, one that can't any more, and one that never could. */
const deletions = `INSERT OR IGNORE INTO deletions (id, repository_id, at, client, undo_until)
  VALUES (1, 1, 1, '', 9000000000000), (2, 1, 1, '', 2), (3, 1, 1, '', NULL)`

/** Marks a manifest as deleted, or takes the mark away, as a deletion and its undoing do. */
function mark({ store, db, usage, clock, random }: Parts, { id, at }: Marked): string {
  const write = db.transaction(() => {
    usage.manifestWent(id)
    usage.tagsGo(id)
    db.prepare('DELETE FROM tags WHERE manifest_id = ?').run(id)
    db.exec(deletions)
    const deletedAt = at === null ? clock.now : null
    db.prepare('UPDATE manifests SET deleted_at = ?, deletion_id = ? WHERE id = ?').run(
      deletedAt,
      random.between(1, 3),
      id,
    )
    if (at !== null) usage.manifestCame(id)
  })
  write.immediate()
  store.renew()
  return `${at === null ? 'mark' : 'revive'} ${id}`
}

async function markSome(parts: Parts): Promise<string> {
  const rows = parts.db.prepare<[], Marked>('SELECT id, deleted_at AS at FROM manifests').all()
  return rows.length === 0 ? 'nothing to mark' : mark(parts, parts.random.pick(rows))
}

/** One that was marked is revived by that. */
async function putAgain(parts: Parts): Promise<string> {
  const { store, db, random, pushed } = parts
  const repository = random.pick(repositories)
  const known = pushed.get(repository) ?? []
  if (known.length === 0) return 'nothing to put again'
  const [again, wanted] = [random.pick(known), random.chance(0.6) ? [random.pick(tags)] : []]
  const marked = db
    .prepare<[Buffer, string], Marked>(
      `SELECT m.id, m.deleted_at AS at FROM manifests m JOIN repositories r ON r.id = m.repository_id
       WHERE m.digest = ? AND r.name = ? AND m.deleted_at IS NOT NULL`,
    )
    .get(toColumn(again.digest), repository)
  if (marked) mark(parts, marked)
  await store.manifests.put(repository, again, wanted)
  return `put again ${again.digest} to ${repository} as ${wanted}`
}

async function deleteTag({ store, random }: Parts): Promise<string> {
  const [repository, which] = [random.pick(repositories), random.pick(tags)]
  await store.tags.delete(repository, which)
  return `delete ${repository}:${which}`
}

async function deleteManifest(parts: Parts): Promise<string> {
  const repository = parts.random.pick(repositories)
  const gone = somethingPushed(parts, repository)
  await parts.store.manifests.delete(repository, gone)
  return `delete ${repository}@${gone}`
}

interface Edge {
  readonly manifest: number
  readonly blob: number
  readonly repository: number
}

/** Takes an edge away, which the next push of its manifest puts back. */
async function loseEdge({ db, random, usage, store }: Parts): Promise<string> {
  const edges = db
    .prepare<[], Edge>(
      `SELECT e.manifest_id AS manifest, e.blob_id AS blob, m.repository_id AS repository
       FROM manifest_blobs e JOIN manifests m ON m.id = e.manifest_id`,
    )
    .all()
  if (edges.length === 0) return 'no edge to lose'
  const { manifest: of, blob: to, repository } = random.pick(edges)
  const write = db.transaction(() => {
    db.prepare('DELETE FROM manifest_blobs WHERE manifest_id = ? AND blob_id = ?').run(of, to)
    usage.edgesChanged(repository, [to])
  })
  write.immediate()
  store.renew()
  return `lose the edge from ${of} to ${to}`
}

const actions: readonly (readonly [(parts: Parts) => Promise<string>, number])[] = [
  [pushBlob, 6],
  [mountBlob, 3],
  [unlinkBlob, 1],
  [putManifest, 8],
  [putAgain, 4],
  [deleteTag, 2],
  [deleteManifest, 2],
  [markSome, 2],
  [loseEdge, 1],
]

export async function createWorld(t: Test, seed: number): Promise<World> {
  const file = temporaryFile(t)
  const clock = { now: 1_700_000_000_000 }
  const { store } = await openSqliteSubject(t, { file, now: () => clock.now, graceMs: 1000 })
  const db = new Database(file)
  db.pragma('foreign_keys = ON')
  t.teardown(() => db.close())
  const usage = createUsage({ db, now: () => clock.now })
  const random = createRandom(seed)
  const parts = { store, db, random, clock, usage, pushed: new Map() }
  return {
    ...parts,
    async step() {
      clock.now += random.between(0, 1000)
      return random.pickWeighted(actions)(parts)
    },
  }
}
