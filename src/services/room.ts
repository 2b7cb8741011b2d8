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

/** Milliseconds a measurement serves to admit: a burst of uploads costs one. */
const freshFor = 1000
const gibibyte = 1024 ** 3

/** The latest measurement and the one under way. */
function createGauge(measure: () => Promise<Space | undefined>, now: () => number) {
  let measuredAt = Number.NEGATIVE_INFINITY
  let latest: Promise<Space | undefined> = Promise.resolve(undefined)
  let underWay = false

  function anew(): Promise<Space | undefined> {
    if (underWay) return latest
    measuredAt = now()
    underWay = true
    latest = measure().finally(() => {
      underWay = false
    })
    return latest
  }
  const isFresh = () => now() - measuredAt < freshFor
  return { anew, recent: () => (isFresh() ? latest : anew()) }
}

export function createRoom({
  uploadStore,
  minFree,
  now = () => performance.now(),
}: RoomDeps): Room {
  const gauge = createGauge(() => uploadStore.space(), now)

  /**
   * An older measurement may admit, but never refuse: room that came back is seen at once, by each
   * process.
   */
  async function check(refusal: (space: Space) => OciError | undefined): Promise<void> {
    const judge = (space: Space | undefined) => space && refusal(space)
    if (judge(await gauge.recent()) === undefined) return
    const refused = judge(await gauge.anew())
    if (refused !== undefined) throw refused
  }

  return {
    admit: () =>
      check((space) => {
        const floor = minFree ?? Math.min(gibibyte, space.total / 20)
        if (space.free >= floor) return undefined
        return noRoom(
          `the registry's disk has ${humanBytes(space.free)} free of ${humanBytes(space.total)}, and new uploads need ${humanBytes(floor)} to be left; delete something or enlarge the disk`,
        )
      }),
    fit: (bytes) =>
      check((space) => {
        if (bytes <= space.free) return undefined
        return noRoom(
          `the registry's disk has ${humanBytes(space.free)} free of ${humanBytes(space.total)}, and this upload brings ${humanBytes(bytes)}; delete something or enlarge the disk`,
        )
      }),
    async explain(error) {
      const failure = diskFailureOf(error)
      if (failure === undefined) return undefined
      // Measured anew: what failed has changed what is free.
      return describeFailure(failure, await gauge.anew().catch(() => undefined))
    },
  }
}
