import type { Algorithm } from '../../../src/oci/digest.ts'
import type { Body, UploadId } from '../store.ts'
import { batchSizeFor, createBatches } from './batches.ts'
import type { Descriptor } from './descriptor.ts'
import type { LiveHashes } from './live-hashes.ts'
import type { RunningHash } from './running-hash.ts'
import { createWritebacks } from './writeback.ts'

export interface AppendBodyDeps {
  readonly hashes: LiveHashes
  /** Stores bytes whose hash can't be known. */
  readonly newWriter: () => RunningHash
  /** Waits for a sync of the upload's file, and removes the upload if it fails. */
  syncing(id: UploadId, sync: Promise<void>): Promise<void>
}

/** A body and where it goes. */
export interface Arrival {
  readonly id: UploadId
  readonly file: Pick<Descriptor, 'fd' | 'writev' | 'datasync'>
  /** The file's length in bytes. */
  readonly size: number
  readonly body: Body
  readonly algorithm: Algorithm
}

/** Writes a body at the end of its file and carries the hash along; gives the new length. */
export type AppendBody = (arrival: Arrival) => Promise<number>

export function createAppendBody({ hashes, newWriter, syncing }: AppendBodyDeps): AppendBody {
  const writebacks = createWritebacks()
  let last = 0
  let underWay = 0

  async function write({ id, file, size, body, algorithm }: Arrival): Promise<number> {
    const hash = hashes.take(id, algorithm, size)
    const writer = hash ?? newWriter()
    const writeback = writebacks.of(file)
    last += 1
    const number = last
    const batches = createBatches({
      start: size,
      size: () => batchSizeFor(underWay),
      given: body.given === true,
      store: (position, chunks, bytes) =>
        writer.store({ file, position, chunks, size: bytes, body: number }),
      onStored: writeback.wrote,
    })

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
        else writer.end()
        return written
      } catch (error) {
        writer.end()
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

  return async (arrival) => {
    underWay += 1
    try {
      return await write(arrival)
    } finally {
      underWay -= 1
    }
  }
}
