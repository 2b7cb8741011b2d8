import type { Algorithm } from '../../../src/oci/digest.ts'
import type { UploadId } from '../store.ts'
import { type BatchFile, createBatches } from './batches.ts'
import type { LiveHashes } from './live-hashes.ts'
import { createWriteSlabs } from './write-slabs.ts'
import { createWritebacks, type SyncedFile } from './writeback.ts'

export interface AppendBodyDeps {
  readonly hashes: LiveHashes
  /** Waits for a sync of the upload's file, and removes the upload if it fails. */
  syncing(id: UploadId, sync: Promise<void>): Promise<void>
}

/** A body and where it goes. */
export interface Arrival {
  readonly id: UploadId
  readonly file: BatchFile & SyncedFile
  /** The file's length in bytes. */
  readonly size: number
  readonly body: AsyncIterable<Buffer>
  readonly algorithm: Algorithm
}

/** Writes a body at the end of its file and carries the hash along; gives the new length. */
export type AppendBody = (arrival: Arrival) => Promise<number>

export function createAppendBody({ hashes, syncing }: AppendBodyDeps): AppendBody {
  const slabs = createWriteSlabs()
  const writebacks = createWritebacks()

  return async ({ id, file, size, body, algorithm }) => {
    const hash = hashes.take(id, algorithm, size)
    const writeback = writebacks.of(file)
    const batches = createBatches({ file, start: size, hash, slabs, onWritten: writeback.wrote })

    async function flush(): Promise<number> {
      try {
        return await batches.finish()
      } finally {
        await syncing(id, writeback.settle())
      }
    }

    async function finish(): Promise<number> {
      try {
        const written = await flush()
        if (hash) hashes.keep(id, { algorithm, size: written, hash })
        return written
      } catch (error) {
        hash?.end()
        throw error
      }
    }

    let written = size
    try {
      for await (const chunk of body) await batches.add(chunk)
    } finally {
      // Also after an error of the body. If this fails too, the hash is dropped.
      written = await finish()
    }
    return written
  }
}
