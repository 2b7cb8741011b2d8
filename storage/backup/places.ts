import { join } from 'node:path'

/**
 * Where things lie in a data directory, and in a backup, which is laid out alike:
 *
 *     metadata.db           with -wal and -shm beside it while a registry works on it
 *     blobs/                see blobs/filesystem/layout.ts
 *     keys/                 what tokens are signed with, and the operator's secret; not in a backup
 *     lock                  held by whoever works here
 *     .layerhouse-incoming/ what is not complete yet; never of use after its writer has ended
 *     snapshots/            copies of the metadata; not in a backup
 *     backup.json           only in a backup: what it holds, and that it is complete
 *     backup.incomplete     a first backup was begun and not ended
 *     restore.incomplete    a restore was begun and not ended
 */
export interface Places {
  readonly root: string
  readonly metadata: string
  readonly blobs: string
  readonly uploads: string
  readonly incoming: string
  readonly snapshots: string
  readonly description: string
  readonly backupMark: string
  readonly restoreMark: string
}

export function placesIn(root: string): Places {
  return {
    root,
    metadata: join(root, 'metadata.db'),
    blobs: join(root, 'blobs'),
    uploads: join(root, 'uploads'),
    incoming: join(root, '.layerhouse-incoming'),
    snapshots: join(root, 'snapshots'),
    description: join(root, 'backup.json'),
    backupMark: join(root, 'backup.incomplete'),
    restoreMark: join(root, 'restore.incomplete'),
  }
}
