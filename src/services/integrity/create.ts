import type { BlobStore } from '../../../storage/blobs/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { createQuarantine, type IntegrityEvent } from './quarantine.ts'
import { createReads, type Reads } from './reads.ts'
import { createRound, type Tally } from './round.ts'
import { createScrub, type Scrub } from './scrub.ts'
import { createSmallBlobs } from './small-blobs.ts'
import { createSuspects, type Suspects } from './suspects.ts'
import { createTrust, type Trust } from './trust.ts'

export interface IntegrityOptions {
  readonly metadata: Pick<MetadataStore, 'integrity'>
  readonly blobStore: Pick<BlobStore, 'open' | 'load' | 'version' | 'quarantine'>
  /** Milliseconds for which a check of an object counts. */
  readonly verifyAfter: number
  /** Milliseconds from the start of one background check to the next; 0 makes none. */
  readonly scrubInterval: number
  /** Bytes a second. */
  readonly scrubRate: number
  readonly onEvent: (event: IntegrityEvent) => void
  readonly onRound: (tally: Tally) => void
  readonly onFailure: (error: unknown) => void
  /** Told of each object that was found to be sound. */
  readonly onChecked?: Trust['add']
  /** Follows up what reads find, if another process does that for this one. */
  readonly followUp?: FollowUp
}

/** Takes what reads find. */
export interface FollowUp {
  /** See `ReadsDeps.onDamage`. */
  readonly report: Suspects['report']
  /** See `Scrub.soon`. */
  readonly soon: Scrub['soon']
}

/** All that keeps spoiled content from clients, wired together. */
export interface Integrity {
  readonly trust: Trust
  readonly reads: Reads
  readonly scrub: Scrub
  readonly followUp: FollowUp
  /** For the end: resolves when what reads found is followed up, or given up. */
  settle(): Promise<void>
}

export function createIntegrity(options: IntegrityOptions): Integrity {
  const { metadata, blobStore, verifyAfter, scrubInterval, scrubRate } = options
  const { onEvent, onRound, onFailure, onChecked } = options
  const trust = createTrust({ verifyAfter, onChecked })
  const quarantine = createQuarantine({ metadata, blobStore, onEvent })
  const suspects = createSuspects({ blobStore, quarantine, onFailure })
  const round = createRound({ metadata, blobStore, quarantine, suspects, trust })
  const scrub = createScrub({
    metadata,
    round,
    interval: scrubInterval,
    rate: scrubRate,
    onRound,
    onFailure,
  })
  const { followUp = { report: suspects.report, soon: scrub.soon } } = options
  const reads = createReads({
    blobStore,
    smallBlobs: createSmallBlobs({ blobStore, trust }),
    trust,
    onDamage: followUp.report,
    onUnchecked: ({ digest }) => followUp.soon(digest),
  })
  return { trust, reads, scrub, followUp, settle: suspects.settle }
}
