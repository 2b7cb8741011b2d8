import type { MetadataStore } from '../../storage/metadata/store.ts'
import type { Snapshot, SnapshotStore } from '../../storage/snapshots/store.ts'

/** Keeps copies of the metadata, one every so often. */
export interface Snapshots {
  /** Makes one if it is time, and removes those that are too many. `signal` gives it up. */
  round(signal?: AbortSignal): Promise<SnapshotRound>
}

export interface SnapshotRound {
  /** What was made. */
  readonly taken: Snapshot | undefined
  /** Milliseconds until the next one may be due. */
  readonly nextIn: number
}

export interface SnapshotDeps {
  readonly metadata: Pick<MetadataStore, 'repositories'>
  readonly snapshotStore: SnapshotStore
  /** Milliseconds between two of them. */
  readonly interval: number
  /** How many to keep. */
  readonly keep: number
  readonly now?: () => number
}

/** While nothing was pushed there is nothing to lose, but soon there may be. */
const emptyAgain = 60_000

/** What a clock that was wrong dated to the future counts as the oldest. */
function byAge(snapshots: readonly Snapshot[], now: number): readonly Snapshot[] {
  const isFuture = ({ takenAt }: Snapshot) => takenAt > now
  return [...snapshots.filter(isFuture), ...snapshots.filter((each) => !isFuture(each))]
}

export function createSnapshots(deps: SnapshotDeps): Snapshots {
  const { metadata, snapshotStore, interval, keep, now = Date.now } = deps

  async function isEmpty(): Promise<boolean> {
    return (await metadata.repositories.list({ limit: 1 })).length === 0
  }

  /** By the newest there is, so that a restart changes nothing. */
  async function dueIn(time: number): Promise<number> {
    const newest = byAge(await snapshotStore.list(), time).at(-1)
    if (newest !== undefined && newest.takenAt <= time) return newest.takenAt + interval - time
    return (await isEmpty()) ? Math.min(emptyAgain, interval) : 0
  }

  async function removeSurplus(time: number): Promise<void> {
    const all = byAge(await snapshotStore.list(), time)
    for (const snapshot of all.slice(0, Math.max(0, all.length - keep))) {
      await snapshotStore.remove(snapshot)
    }
  }

  return {
    async round(signal) {
      const time = now()
      const wait = await dueIn(time)
      if (wait > 0) return { taken: undefined, nextIn: wait }
      const taken = await snapshotStore.take(time, () => signal?.throwIfAborted())
      await removeSurplus(time)
      return { taken, nextIn: interval }
    },
  }
}
