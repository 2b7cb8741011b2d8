import { setTimeout as sleep } from 'node:timers/promises'
import type { MetadataStore, ScrubPosition } from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'
import { createPace, type Pace } from './pace.ts'
import { allBlobs, allDamagedBlobs } from './pages.ts'
import { newTally, type Round, type Tally } from './round.ts'
import { createScrubProgress } from './scrub-progress.ts'

export interface ScrubDeps {
  readonly metadata: Pick<MetadataStore, 'integrity'>
  readonly round: Round
  /** Milliseconds from the start of one round to that of the next; 0 makes none. */
  readonly interval: number
  /** Bytes a second. */
  readonly rate: number
  readonly onRound: (tally: Tally) => void
  readonly onFailure: (error: unknown) => void
  readonly now?: () => number
  /** Milliseconds between two looks at what there is to do. */
  readonly idleFor?: number
}

/**
 * The background check: goes through all blobs and manifests at a gentle pace, round after round, and
 * goes on after a restart where it was. What is marked as damaged is looked at again every minute,
 * as a disk may come back.
 */
export interface Scrub {
  /** Works until the signal comes; never rejects. */
  run(signal: AbortSignal): Promise<void>
  /** Asks for one blob to be checked soon, out of turn. */
  soon(digest: Digest): void
}

/** Blobs waiting for a check out of turn; more are left to the round. */
const soonLimit = 1000
const minute = 60_000

export function createScrub(deps: ScrubDeps): Scrub {
  const { metadata, round, interval, onRound, onFailure, now = Date.now, idleFor = 1000 } = deps
  const { integrity } = metadata
  const progress = createScrubProgress({ metadata, interval, now })
  const wanted = new Set<Digest>()
  let markedSeenAt = Number.NEGATIVE_INFINITY

  async function checkOutOfTurn(pace: Pace): Promise<void> {
    for (const digest of wanted) {
      wanted.delete(digest)
      await round.digest(digest, pace, newTally())
    }
    if (performance.now() - markedSeenAt < minute) return
    markedSeenAt = performance.now()
    for await (const blob of allDamagedBlobs(integrity)) {
      await round.blob(blob, pace, newTally())
    }
  }

  /** Works off a round; keeps its place when it is stopped. */
  async function workOff(begun: ScrubPosition, pace: Pace): Promise<void> {
    const tally = newTally()
    let position = begun
    try {
      for await (const blob of allBlobs(integrity, begun.after)) {
        await round.blob(blob, pace, tally)
        position = { ...position, after: blob.digest }
        await checkOutOfTurn(pace)
        await progress.rememberNowAndThen(position)
      }
      await round.manifests(pace, tally)
    } catch (error) {
      await progress.remember(position)
      throw error
    }
    await progress.finish(position)
    onRound(tally)
  }

  async function work(pace: Pace): Promise<void> {
    await checkOutOfTurn(pace)
    const position = await progress.current()
    if (position) await workOff(position, pace)
  }

  return {
    async run(signal) {
      const pace = createPace(deps.rate, signal)
      while (!signal.aborted) {
        try {
          await work(pace)
        } catch (error) {
          if (!signal.aborted) onFailure(error)
        }
        await sleep(idleFor, undefined, { signal }).catch(() => {})
      }
    },
    soon(digest) {
      if (wanted.size < soonLimit) wanted.add(digest)
    },
  }
}
