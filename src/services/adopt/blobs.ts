import { randomUUID } from 'node:crypto'
import type {
  ForeignBlob,
  ForeignProblem,
  ForeignRegistry,
  PlacedObject,
  Placing,
  WantedObject,
} from '../../../storage/adopt/store.ts'
import type { Damage, UploadId } from '../../../storage/blobs/store.ts'
import type { MetadataStore, UploadRecord } from '../../../storage/metadata/store.ts'
import { algorithmOf, type Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { adopter } from './adopter.ts'
import type { Inventory, Need } from './inventory.ts'
import { findingOf, type Ledger } from './report.ts'
import { some } from './some.ts'
import { together } from './together.ts'

export interface BlobAdoptionDeps {
  readonly metadata: Pick<MetadataStore, 'blobs' | 'uploads'>
  readonly foreign: Pick<ForeignRegistry, 'blobs'>
  readonly placing: Placing
  readonly ledger: Ledger
  /** Called as blobs are done with. */
  readonly onDone: (blobs: number) => void
}

/** What is made durable, and visible, together: a crash costs the reading of these at most. */
const batchBlobs = 256
const batchBytes = 4 * 1024 ** 3

/** Blobs read at the same time: as many as there are threads for it. */
const reads = 4

/** One blob under one of its digests. */
interface Wish extends Need {
  readonly target: Digest
}

interface Begun extends Wish {
  readonly upload: UploadRecord
}

function* slicesOf(blobs: readonly ForeignBlob[]): Generator<readonly ForeignBlob[], void> {
  let slice: ForeignBlob[] = []
  let bytes = 0
  for (const blob of blobs) {
    slice.push(blob)
    bytes += blob.size
    if (slice.length < batchBlobs && bytes < batchBytes) continue
    yield slice
    slice = []
    bytes = 0
  }
  if (slice.length > 0) yield slice
}

function byTarget(begun: readonly Begun[]): ReadonlyMap<Digest, readonly WantedObject[]> {
  const groups = new Map<Digest, WantedObject[]>()
  for (const { target, digest, upload } of begun) {
    const group = groups.get(target) ?? []
    group.push({ upload: upload.id, digest })
    groups.set(target, group)
  }
  return groups
}

/**
 * Makes blobs of all content that a repository links, each read once and never again: what has a row
 * is sound. An upload's row comes before the object and ends with the blob's row, as in a push, so
 * that what a crash leaves is found.
 */
export function createBlobAdoption(deps: BlobAdoptionDeps) {
  const { metadata, foreign, placing, ledger, onDone } = deps
  const { counts, findings } = ledger

  /** False if no repository here has the blob. */
  async function share({ digest, repositories: [first, ...others] }: Wish): Promise<boolean> {
    const mount = (to: RepositoryName) => metadata.blobs.mount(digest, to)
    if (first === undefined || !(await mount(first))) return false
    await Promise.all(others.map(mount))
    return true
  }

  function leaveOut({ digest, repositories }: Wish, problem: Damage): void {
    const detail = `linked by ${some(repositories)}`
    findings.push({ what: 'blob', problem, digest, detail, leftOut: true })
  }

  function begin(wish: Wish): Promise<Begun> {
    const [repository] = wish.repositories as [RepositoryName]
    const algorithm = algorithmOf(wish.digest)
    const id = randomUUID() as UploadId
    const upload = metadata.uploads.create({ id, repository, algorithm, ...adopter })
    return upload.then((record) => ({ ...wish, upload: record }))
  }

  async function end(begun: Begun, placed: PlacedObject | undefined): Promise<void> {
    const { digest, upload } = begun
    if (placed === undefined || 'damage' in placed) {
      await metadata.uploads.remove(upload.id)
      leaveOut(begun, placed?.damage ?? 'missing')
      return
    }
    const { key, size } = placed
    if (!(await metadata.blobs.commit(upload, { digest, key, size }))) {
      throw new Error(`the upload of ${digest} is gone: something else works on the data directory`)
    }
    counts.blobs.adopted++
    counts.bytes += size
    await share(begun)
  }

  async function bring(wishes: readonly Wish[]): Promise<void> {
    const begun = await Promise.all(wishes.map(begin))
    const placed = new Map<UploadId, PlacedObject>()
    await together(byTarget(begun), reads, async ([target, wanted]) => {
      for (const each of await placing.place(target, wanted)) placed.set(each.upload, each)
    })
    await placing.settle()
    await Promise.all(begun.map((each) => end(each, placed.get(each.upload.id))))
  }

  /** Those that are here already need nothing but their rights. */
  async function settleKnown(wishes: readonly Wish[]): Promise<readonly Wish[]> {
    const known = await Promise.all(wishes.map(share))
    counts.blobs.kept += known.filter(Boolean).length
    return wishes.filter((_, i) => !known[i])
  }

  function wishesFor({ blobs }: Inventory, target: Digest): readonly Wish[] {
    return (blobs.get(target) ?? []).map((need) => ({ ...need, target }))
  }

  function countUnreferenced({ blobs, manifests }: Inventory, lying: readonly ForeignBlob[]): void {
    const nobodys = lying.filter(({ digest }) => !blobs.has(digest) && !manifests.has(digest))
    counts.unreferenced.blobs += nobodys.length
    counts.unreferenced.bytes += nobodys.reduce((sum, { size }) => sum + size, 0)
  }

  async function adoptLying(inventory: Inventory, lying: readonly ForeignBlob[]): Promise<void> {
    countUnreferenced(inventory, lying)
    for (const slice of slicesOf(lying.filter(({ digest }) => inventory.blobs.has(digest)))) {
      const wishes = slice.flatMap(({ digest }) => wishesFor(inventory, digest))
      await bring(await settleKnown(wishes))
      onDone(slice.length)
    }
  }

  return async (inventory: Inventory): Promise<void> => {
    const absent = new Set(inventory.blobs.keys())
    const onProblem = (problem: ForeignProblem) => void findings.push(findingOf(problem))
    for await (const lying of foreign.blobs(onProblem)) {
      for (const { digest } of lying) absent.delete(digest)
      await adoptLying(inventory, lying)
    }
    const lost = await settleKnown([...absent].flatMap((target) => wishesFor(inventory, target)))
    for (const wish of lost) leaveOut(wish, 'missing')
    onDone(absent.size)
  }
}
