import { readdir, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import { createDirectories } from '../blobs/filesystem/directories.ts'
import type { MetadataStore } from '../metadata/store.ts'
import { snapshotName, timeOfSnapshot } from './names.ts'
import type { Snapshot, SnapshotStore } from './store.ts'

export interface SnapshotDirectoryOptions {
  /** Made with the first snapshot. */
  readonly directory: string
  readonly metadata: Pick<MetadataStore, 'snapshot'>
}

const draftEnd = '.incomplete'

/** Snapshots in a directory, oldest first; none if it is not there. */
export async function listSnapshots(directory: string): Promise<readonly Snapshot[]> {
  const names = (await unlessAbsent(readdir(directory))) ?? []
  return names.sort().flatMap((name) => {
    const takenAt = timeOfSnapshot(name)
    return takenAt === undefined ? [] : [{ file: join(directory, name), takenAt }]
  })
}

/**
 *     snapshots/metadata-<UTC time>.db               a copy of the metadata
 *     snapshots/metadata-<UTC time>.db.incomplete    one under way, or left by a killed run
 */
export function createSnapshotDirectory(options: SnapshotDirectoryOptions): SnapshotStore {
  const { directory, metadata } = options
  const directories = createDirectories()

  /** With the journal that SQLite may have had beside it. */
  async function removeDrafts(): Promise<void> {
    for (const name of await readdir(directory)) {
      if (name.includes(`.db${draftEnd}`)) await unlessAbsent(unlink(join(directory, name)))
    }
  }

  return {
    list: () => listSnapshots(directory),
    async take(takenAt, onProgress) {
      await directories.make(directory)
      await removeDrafts()
      const file = join(directory, snapshotName(takenAt))
      await metadata.snapshot(file + draftEnd, onProgress)
      await rename(file + draftEnd, file)
      await directories.sync(directory)
      return { file, takenAt }
    },
    async remove({ file }) {
      await unlessAbsent(unlink(file))
      await directories.sync(directory)
    },
  }
}
