import { rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ByteRange } from '../../../src/oci/range.ts'
import type { BlobStore, LoadedBlob, StorageKey } from '../store.ts'
import { unlessAbsent } from './absence.ts'
import { DamagedError, explainReadError } from './damage.ts'
import type { Directories } from './directories.ts'
import { keysIn, prefixes } from './fan-out.ts'
import type { Layout } from './layout.ts'
import { createLook } from './looks.ts'
import { type ObjectFile, openObjectFile } from './object-file.ts'
import { probeDirectory } from './probe.ts'
import { createReader, fillFrom } from './reader.ts'
import type { Slabs } from './slabs.ts'

export interface BlobsOptions {
  readonly layout: Layout
  readonly slabs: Slabs
  readonly directories: Directories
}

function checkRange({ start, end }: ByteRange): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start) return
  throw new RangeError(`not a range of bytes: ${start}-${end}`)
}

/** Prefixes all have one length, so that their order is the order of the keys. */
async function* listKeys(layout: Layout, after: string): AsyncGenerator<StorageKey, void> {
  for (const prefix of prefixes) {
    if (prefix < after.slice(0, prefix.length)) continue
    for (const key of [...(await keysIn(layout.blobs, prefix))].sort()) if (key > after) yield key
  }
}

async function loadFrom(file: ObjectFile, size: number, name: string): Promise<LoadedBlob> {
  const { opened } = file
  if (opened.size !== size) {
    throw new DamagedError('wrong size', `${name} has ${opened.size} bytes instead of ${size}`)
  }
  // Not from Node's pool: whoever keeps it would keep its neighbours, too.
  const bytes = Buffer.allocUnsafeSlow(size)
  await fillFrom(bytes, { file, position: 0, end: size, name })
  return { bytes, version: opened.version }
}

/** The file system's side of {@link BlobStore}. A text that is no key is a bug and rejects. */
export function createBlobs({ layout, slabs, directories }: BlobsOptions): BlobStore {
  const look = createLook()
  return {
    async stat(key) {
      return (await unlessAbsent(stat(layout.blobFile(key))))?.size
    },

    /**
     * Opens the file at once, so that absence is known before the first byte. Whoever opens must
     * read to the end, leave a `for await` early, or call `return()` on the iterator, even if it
     * never asked for a chunk; otherwise the file stays open.
     * @throws RangeError if `range` is not one, or an Error if there are too many open files.
     */
    async open(key, range) {
      if (range) checkRange(range)
      const name = `blob ${key}`
      const file = await openObjectFile(layout.blobFile(key), name)
      if (file === undefined) return undefined
      const { start, end } = range ?? { start: 0, end: file.opened.size - 1 }
      return createReader({ file, slabs, start, end: end + 1, name }, file.opened)
    },

    async load(key, size) {
      const name = `blob ${key}`
      const file = await openObjectFile(layout.blobFile(key), name)
      if (file === undefined) return undefined
      try {
        return await loadFrom(file, size, name)
      } finally {
        file.close()
      }
    },

    async version(key) {
      try {
        return (await look(layout.blobFile(key)))?.version
      } catch (error) {
        throw explainReadError(error, `blob ${key}`)
      }
    },

    /** Syncs even if the file is gone: an earlier removal may have been cut off before its sync. */
    async delete(key) {
      const path = layout.blobFile(key)
      await unlessAbsent(unlink(path))
      await unlessAbsent(directories.sync(dirname(path)))
    },

    async quarantine(key) {
      const path = layout.blobFile(key)
      const aside = layout.quarantineFile(key)
      directories.checkSound()
      await directories.make(layout.quarantine)
      await unlessAbsent(rename(path, aside))
      await directories.sync(layout.quarantine)
      await unlessAbsent(directories.sync(dirname(path)))
    },

    async *list(after) {
      if (after !== undefined) layout.blobFile(after)
      yield* listKeys(layout, after ?? '')
    },

    async probe() {
      directories.checkSound()
      await probeDirectory(layout.uploads)
    },
  }
}
