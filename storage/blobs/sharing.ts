import type { Algorithm } from '../../src/oci/digest.ts'
import type { UploadId } from './store.ts'

/**
 * The hash, in hex, of an upload's first `size` bytes, from whoever carried it along while they came;
 * `undefined` if nobody did. Whoever gives it away has it no longer.
 */
export type TakeHash = (
  id: UploadId,
  algorithm: Algorithm,
  size: number,
) => Promise<string | undefined>

/** What processes that work on one store of blobs tell each other: to this one. */
export interface Shared {
  readonly takeHash: TakeHash
  /** Bytes were lost elsewhere: nothing more is stored here either, with this for a reason. */
  distrust(message: string): void
}

/** The same: from this one. */
export interface Sharing {
  readonly takeHash: TakeHash
  /** Told, once, when bytes were lost here. */
  readonly onUnsound: (message: string) => void
}

/** For a process that is alone. */
export const alone: Sharing = { takeHash: async () => undefined, onUnsound: () => {} }
