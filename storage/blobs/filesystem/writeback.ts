/** The one call on a file that is needed here. */
export interface SyncedFile {
  datasync(): Promise<void>
}

/** Written bytes after which a file is synced in the background. */
const stretch = 32 * 1024 * 1024

/** Brings what is written of one file to the disk while more of it comes. */
export interface Writeback {
  /** @throws what a sync failed with. */
  wrote(bytes: number): void
  /** Resolves when no sync is under way. Rejects with what one failed with: bytes are lost then. */
  settle(): Promise<void>
}

/**
 * Begins to sync big files before they are complete, so that the last sync, for which the client
 * waits, is short. One file at a time: each sync holds a thread of the pool that others need.
 */
export interface Writebacks {
  of(file: SyncedFile): Writeback
}

export function createWritebacks(): Writebacks {
  let busy = false
  return {
    of(file) {
      let pending = 0
      let failure: { readonly reason: unknown } | undefined
      let syncing: Promise<void> | undefined

      async function sync(): Promise<void> {
        busy = true
        try {
          await file.datasync()
        } catch (reason) {
          failure = { reason }
        } finally {
          busy = false
          syncing = undefined
        }
      }

      return {
        wrote(bytes) {
          if (failure) throw failure.reason
          pending += bytes
          if (pending < stretch || busy) return
          pending = 0
          syncing = sync()
        },
        async settle() {
          await syncing
          if (failure) throw failure.reason
        },
      }
    },
  }
}
