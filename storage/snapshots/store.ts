import type { CopyProgress } from '../metadata/store.ts'

/** A copy of the metadata that the registry made by itself. */
export interface Snapshot {
  /** Where it is. */
  readonly file: string
  /** When it was begun, milliseconds since 1970. */
  readonly takenAt: number
}

/** The copies that are kept beside the metadata. Calls must not overlap. */
export interface SnapshotStore {
  /** Complete ones, oldest first. */
  list(): Promise<readonly Snapshot[]>
  /**
   * Makes one: durable and complete, or not there. Removes what killed runs left. An error that
   * `onProgress` throws gives it up.
   */
  take(time: number, onProgress?: (progress: CopyProgress) => void): Promise<Snapshot>
  /** No error if it is not there. */
  remove(snapshot: Snapshot): Promise<void>
}
