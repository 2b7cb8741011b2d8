import Database from 'better-sqlite3'
import type { Test } from 'tap'
import type { Digest } from '../../../../src/oci/digest.ts'
import type { RepositoryName } from '../../../../src/oci/name.ts'
import type { Tag } from '../../../../src/oci/reference.ts'
import { createUsage, type Usage } from '../../../../storage/metadata/sqlite/accounts/usage.ts'
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
  /** What was deleted, by number. */
  readonly deletions: number[]
}

const by = { client: '192.0.2.1' }

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

/** Some tags and manifests, with all that goes with them. */
async function deleteSome({ store, random, pushed, deletions }: Parts): Promise<string> {
  const repository = random.pick(repositories)
  const known = pushed.get(repository) ?? []
  const digests = known.length > 0 && random.chance(0.5) ? [random.pick(known).digest] : []
  const request = { tags: [random.pick(tags), random.pick(tags)], digests }
  const purge = random.chance(0.3)
  const done = await store.deletions.perform(repository, request, { by, purge })
  if (done?.deletion) deletions.push(done.deletion.id)
  return `delete ${request.tags} and ${digests} of ${repository}${purge ? ' for good' : ''}`
}

async function undoSome({ store, random, deletions }: Parts): Promise<string> {
  if (deletions.length === 0) return 'nothing to undo'
  const id = random.pick(deletions)
  const undone = await store.deletions.undo(id, by)
  return `undo ${id}: ${undone?.manifests} manifests and ${undone?.tags}`
}

async function restoreTag(parts: Parts): Promise<string> {
  const { store, random } = parts
  const [repository, which] = [random.pick(repositories), random.pick(tags)]
  const before = somethingPushed(parts, repository)
  const { restored } = await store.history.restore(repository, which, before, by)
  return `restore ${repository}:${which} to ${before}: ${restored}`
}

async function collect({ store, random }: Parts): Promise<string> {
  const run = await store.garbage.begin('command')
  const { manifests } = await store.garbage.collectManifests(
    run.id,
    { untagged: true },
    { limit: 100 },
  )
  const { blobs } = await store.garbage.collectBlobs(run.id, { limit: random.between(0, 3) })
  return `collect ${manifests} manifests and ${blobs} blobs`
}

/** One that was deleted is revived by that. */
async function putAgain({ store, random, pushed }: Parts): Promise<string> {
  const repository = random.pick(repositories)
  const known = pushed.get(repository) ?? []
  if (known.length === 0) return 'nothing to put again'
  const [again, wanted] = [random.pick(known), random.chance(0.6) ? [random.pick(tags)] : []]
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
  // The collector is not told of what a hand does; its audit finds it.
  await store.garbage.audit(0, 1000)
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
  [deleteSome, 2],
  [undoSome, 1],
  [restoreTag, 1],
  [collect, 2],
  [loseEdge, 1],
]

export async function createWorld(t: Test, seed: number): Promise<World> {
  const file = temporaryFile(t)
  const clock = { now: 1_700_000_000_000 }
  const { store } = await openSqliteSubject(t, {
    file,
    now: () => clock.now,
    graceMs: 1000,
    keepMs: 5000,
  })
  const db = new Database(file)
  db.pragma('foreign_keys = ON')
  t.teardown(() => db.close())
  const usage = createUsage({ db, now: () => clock.now })
  const random = createRandom(seed)
  const parts = { store, db, random, clock, usage, pushed: new Map(), deletions: [] }
  return {
    ...parts,
    async step() {
      clock.now += random.between(0, 1000)
      return random.pickWeighted(actions)(parts)
    },
  }
}
