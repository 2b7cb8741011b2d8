import type { Space, UploadStore } from '../../storage/blobs/store.ts'
import type { OciError } from '../oci/errors.ts'
import { diskFailureOf } from './disk-failure.ts'
import { describeFailure, noRoom } from './disk-words.ts'
import { humanBytes } from './human-bytes.ts'

/**
 * Whether there is room for more content. Uploads are refused while some room is left, because all
 * else needs a little too: manifests, deleting, uploads that have begun.
 */
export interface Room {
  /** For a new upload. @throws OciError UNAVAILABLE (507) if less is free than must be left. */
  admit(): Promise<void>
  /** For a body of known length. @throws OciError UNAVAILABLE (507) if fewer bytes are free. */
  fit(bytes: number): Promise<void>
  /** What to tell about an error that comes from the disk; `undefined` for others. Never rejects. */
  explain(error: unknown): Promise<OciError | undefined>
}

export interface RoomDeps {
  readonly uploadStore: Pick<UploadStore, 'space'>
  /** Bytes that must be left; without it a twentieth of the disk, and 1 GiB at most. */
  readonly minFree?: number | undefined
  /** Milliseconds that never go back. */
  readonly now?: () => number
}

/** Milliseconds a measurement serves: a burst of uploads costs one. */
const freshFor = 1000
const gibibyte = 1024 ** 3

export function createRoom({
  uploadStore,
  minFree,
  now = () => performance.now(),
}: RoomDeps): Room {
  let measuredAt = Number.NEGATIVE_INFINITY
  let latest: Promise<Space | undefined> = Promise.resolve(undefined)

  function measure(): Promise<Space | undefined> {
    if (now() - measuredAt >= freshFor) {
      measuredAt = now()
      latest = uploadStore.space()
    }
    return latest
  }

  return {
    async admit() {
      const space = await measure()
      if (space === undefined) return
      const floor = minFree ?? Math.min(gibibyte, space.total / 20)
      if (space.free >= floor) return
      throw noRoom(
        `the registry's disk has ${humanBytes(space.free)} free of ${humanBytes(space.total)}, and new uploads need ${humanBytes(floor)} to be left; delete something or enlarge the disk`,
      )
    },
    async fit(bytes) {
      const space = await measure()
      if (space === undefined || bytes <= space.free) return
      throw noRoom(
        `the registry's disk has ${humanBytes(space.free)} free of ${humanBytes(space.total)}, and this upload brings ${humanBytes(bytes)}; delete something or enlarge the disk`,
      )
    },
    async explain(error) {
      const failure = diskFailureOf(error)
      if (failure === undefined) return undefined
      // Measured anew: what failed has changed what is free.
      measuredAt = Number.NEGATIVE_INFINITY
      return describeFailure(failure, await measure().catch(() => undefined))
    },
  }
}
