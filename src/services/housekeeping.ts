import type { BlobStore, UploadId, UploadStore } from '../../storage/blobs/store.ts'
import type { MetadataStore } from '../../storage/metadata/store.ts'
import { batches, batchSize } from './batches.ts'
import { createDiscard } from './discard.ts'
import type { KeyedLock } from './keyed-lock.ts'
import { createLostUploads } from './lost-uploads.ts'
import type { UploadTurns } from './upload-turns.ts'

/** What was put in order. */
export interface Tidied {
  readonly uploads: number
  readonly objects: number
}

/** Keeps the stores tidy: uploads nobody will finish, and what a crash left between two steps. */
export interface Housekeeping {
  /** Once at the start, before requests: makes files and rows agree again. */
  recover(): Promise<Tidied>
  /**
   * Removes uploads that have not moved for `expireAfter`, and what waits in the trash. A body that
   * stood still as long is ended; its upload goes with a later sweep.
   */
  sweep(): Promise<Tidied>
  /** Removes the objects that wait in the trash; gives their number. Others stay if it is to stop. */
  emptyTrash(isStopped?: () => boolean): Promise<number>
}

export interface HousekeepingDeps {
  readonly metadata: Pick<MetadataStore, 'uploads' | 'trash'>
  readonly uploadStore: UploadStore
  readonly blobStore: Pick<BlobStore, 'delete' | 'list'>
  /** The lock uploads work under. */
  readonly lock: KeyedLock
  /** Who works there; a body that stands still for `expireAfter` must not keep its upload alive. */
  readonly turns?: Pick<UploadTurns, 'endStanding'>
  /** Milliseconds. */
  readonly expireAfter: number
  readonly now?: () => number
}

const all = Number.MAX_SAFE_INTEGER

/** Objects removed at the same time: each waits for the disk, and leaves room for clients. */
const together = 8

/** Does a job with each item, some of them at the same time. */
async function forEach<T>(items: readonly T[], job: (item: T) => Promise<void>): Promise<void> {
  for (let done = 0; done < items.length; done += together) {
    await Promise.all(items.slice(done, done + together).map(job))
  }
}

export function createHousekeeping(deps: HousekeepingDeps): Housekeeping {
  const { metadata, uploadStore, blobStore, lock, expireAfter, now = Date.now } = deps
  const lost = createLostUploads(deps)
  const discard = createDiscard(deps)

  async function emptyTrash(isStopped: () => boolean = () => false): Promise<number> {
    let count = 0
    for (;;) {
      const keys = isStopped() ? [] : await metadata.trash.due(batchSize)
      // All objects first: on a full disk they make the room that the rows need.
      await forEach(keys, blobStore.delete)
      await forEach(keys, metadata.trash.forget)
      count += keys.length
      if (keys.length < batchSize) return count
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

  async function expire(id: UploadId, before: number): Promise<boolean> {
    const stat = await uploadStore.stat(id)
    if (!stat || stat.modifiedAt >= before) return false
    await discard(id)
    return true
  }

  /** An upload at work moves, however long ago its last byte came. */
  async function expireIdle(before: number): Promise<number> {
    let count = 0
    for (const { id } of await metadata.uploads.startedBefore(before, all)) {
      if (!lock.isHeld(id) && (await lock.run(id, () => expire(id, before)))) count++
    }
    return count
  }

  return {
    emptyTrash,
    async recover() {
      const uploads = (await dropStrayFiles()) + (await lost.settle(all))
      return { uploads, objects: await emptyTrash() }
    },
    async sweep() {
      const before = now() - expireAfter
      deps.turns?.endStanding(expireAfter)
      const uploads = (await expireIdle(before)) + (await lost.settle(before))
      return { uploads, objects: await emptyTrash() }
    },
  }
}
