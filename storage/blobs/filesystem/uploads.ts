import { statSync } from 'node:fs'
import { readdir, unlink } from 'node:fs/promises'
import { algorithmOf } from '../../../src/oci/digest.ts'
import type { UploadId, UploadStore } from '../store.ts'
import { hasCode, unlessAbsent } from './absence.ts'
import { createAppendBody } from './append-body.ts'
import type { Content, UploadFile } from './content.ts'
import { type Descriptor, makeFile, openToChange } from './descriptor.ts'
import type { Directories } from './directories.ts'
import { isUploadId, type Layout, makeKey, originOf } from './layout.ts'
import type { LiveHashes } from './live-hashes.ts'
import { createPublish } from './publish.ts'
import type { RunningHash } from './running-hash.ts'
import { measureSpace } from './space.ts'

export interface UploadsOptions {
  readonly layout: Layout
  readonly hashes: LiveHashes
  readonly newWriter: () => RunningHash
  readonly content: Content
  readonly directories: Directories
}

function openUpload(path: string): Descriptor | undefined {
  try {
    return openToChange(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Runs `use` on an upload's file and closes it whatever happens. */
async function withUpload<Result>(
  layout: Layout,
  id: UploadId,
  use: (upload: UploadFile) => Promise<Result>,
): Promise<Result> {
  const file = openUpload(layout.uploadFile(id))
  if (file === undefined) throw new Error(`there is no upload ${id}`)
  try {
    return await use({ id, file, size: file.opened().size })
  } finally {
    file.close()
  }
}

/** The file system's side of {@link UploadStore}. A text that is no id is a bug and rejects. */
export function createUploads(options: UploadsOptions): UploadStore {
  const { layout, hashes, newWriter, content, directories } = options
  const appendBody = createAppendBody({ hashes, newWriter, syncing })
  const publish = createPublish(directories)

  async function remove(id: UploadId): Promise<void> {
    hashes.drop(id)
    await unlessAbsent(unlink(layout.uploadFile(id)))
  }

  /**
   * A failed sync is reported once, while the bytes it lost still read well from memory: another
   * try would publish what is not on the disk. So the upload goes, and the client has to send again.
   */
  async function syncing(id: UploadId, sync: Promise<void>): Promise<void> {
    try {
      await sync
    } catch (error) {
      await remove(id).catch(() => undefined)
      throw error
    }
  }

  return {
    async create(id) {
      directories.checkSound()
      await makeFile(layout.uploadFile(id), 0o640)
    },

    async stat(id) {
      const found = statSync(layout.uploadFile(id), { throwIfNoEntry: false })
      return found && { size: found.size, modifiedAt: Math.floor(found.mtimeMs) }
    },

    append(id, offset, body, algorithm) {
      return withUpload(layout, id, async (upload) => {
        directories.checkSound()
        if (offset !== upload.size) {
          throw new RangeError(`upload ${id} has ${upload.size} bytes, not ${offset}`)
        }
        return { size: await appendBody({ ...upload, body, algorithm }) }
      })
    },

    truncate(id, size) {
      return withUpload(layout, id, async (upload) => {
        if (!Number.isSafeInteger(size) || size < 0 || size > upload.size) {
          throw new RangeError(`upload ${id} has ${upload.size} bytes and can't be cut to ${size}`)
        }
        if (size < upload.size) hashes.drop(id)
        await upload.file.truncate(size)
      })
    },

    async seal(id, digest) {
      const key = makeKey(digest, id)
      const sealable = await withUpload(layout, id, async (upload) => {
        if ((await content.digest(upload, algorithmOf(digest))) !== digest) return undefined
        await syncing(id, upload.file.datasync())
        return upload.file.opened()
      })
      if (sealable === undefined) return undefined
      await publish(layout.uploadFile(id), layout.blobFile(key))
      hashes.drop(id)
      return { key, ...sealable }
    },

    digest: (id, algorithm) =>
      withUpload(layout, id, (upload) => content.digest(upload, algorithm)),

    abort: remove,

    async *list() {
      for (const name of await readdir(layout.uploads)) {
        if (isUploadId(name)) yield name
      }
    },

    space: () => measureSpace(layout.uploads),

    originOf,
  }
}
