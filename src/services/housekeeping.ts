import type { BlobStore, StorageKey, UploadId, UploadStore } from '../../storage/blobs/store.ts'
import type { MetadataStore } from '../../storage/metadata/store.ts'
import type { KeyedLock } from './keyed-lock.ts'

/** What was put in order. */
export interface Tidied {
  readonly uploads: number
  readonly objects: number
}

/** Keeps the stores tidy: uploads nobody will finish, and what a crash left between two steps. */
export interface Housekeeping {
  /** Once at the start, before requests: makes files and rows agree again. */
  recover(): Promise<Tidied>
  /** Removes uploads that have not moved for `expireAfter`, and what waits in the trash. */
  sweep(): Promise<Tidied>
}

export interface HousekeepingDeps {
  readonly metadata: Pick<MetadataStore, 'uploads' | 'trash'>
  readonly uploadStore: UploadStore
  readonly blobStore: Pick<BlobStore, 'delete' | 'list'>
  /** The lock uploads work under. */
  readonly lock: KeyedLock
  /** Milliseconds. */
  readonly expireAfter: number
  readonly now?: () => number
}

const batch = 500
const all = Number.MAX_SAFE_INTEGER

async function* batches<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let held: T[] = []
  for await (const item of items) {
    held.push(item)
    if (held.length < batch) continue
    yield held
    held = []
  }
  if (held.length > 0) yield held
}

export function createHousekeeping(deps: HousekeepingDeps): Housekeeping {
  const { metadata, uploadStore, blobStore, lock, expireAfter, now = Date.now } = deps

  async function emptyTrash(): Promise<number> {
    let count = 0
    for (;;) {
      const keys = await metadata.trash.due(batch)
      for (const key of keys) {
        await blobStore.delete(key)
        await metadata.trash.forget(key)
      }
      count += keys.length
      if (keys.length < batch) return count
    }
  }

  /** Files of uploads that no row knows: the crash came between the two. */
  async function dropStrayFiles(): Promise<number> {
    let count = 0
    for await (const ids of batches(uploadStore.list())) {
      const known = await metadata.uploads.known(ids)
      for (const id of ids) {
        if (known.has(id)) continue
        await uploadStore.abort(id)
        count++
      }
    }
    return count
  }

  /** Rows without a file: the upload was published, but its commit never came. */
  async function rowsWithoutFile(): Promise<ReadonlySet<UploadId>> {
    const lost = new Set<UploadId>()
    for (const { id } of await metadata.uploads.startedBefore(all, all)) {
      if (!(await uploadStore.stat(id))) lost.add(id)
    }
    return lost
  }

  async function trashOrphans(lost: ReadonlySet<UploadId>): Promise<void> {
    for await (const keys of batches(blobStore.list())) {
      const suspects = keys.filter((key) => lost.has(uploadStore.originOf(key) as UploadId))
      const used: ReadonlySet<StorageKey> = await metadata.trash.inUse(suspects)
      for (const key of suspects) if (!used.has(key)) await metadata.trash.add(key)
    }
  }

  async function expire(id: UploadId, before: number): Promise<boolean> {
    const stat = await uploadStore.stat(id)
    if (stat && stat.modifiedAt >= before) return false
    await metadata.uploads.remove(id)
    await uploadStore.abort(id)
    return true
  }

  return {
    async recover() {
      const uploads = await dropStrayFiles()
      const lost = await rowsWithoutFile()
      if (lost.size > 0) await trashOrphans(lost)
      for (const id of lost) await metadata.uploads.remove(id)
      return { uploads: uploads + lost.size, objects: await emptyTrash() }
    },
    async sweep() {
      const before = now() - expireAfter
      let uploads = 0
      for (const { id } of await metadata.uploads.startedBefore(before, all)) {
        if (lock.isHeld(id)) continue
        if (await lock.run(id, () => expire(id, before))) uploads++
      }
      return { uploads, objects: await emptyTrash() }
    },
  }
}
