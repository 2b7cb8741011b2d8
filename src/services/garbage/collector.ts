import { setTimeout as sleep } from 'node:timers/promises'
import type { UploadStore } from '../../../storage/blobs/store.ts'
import type {
  GarbageTable,
  GcCause,
  GcPolicy,
  GcPreview,
  GcRun,
  GcStep,
  GcStepOptions,
} from '../../../storage/metadata/garbage/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { OciError } from '../../oci/errors.ts'
import { createAudit } from './audit.ts'
import { createOneAtATime } from './one-at-a-time.ts'

export type { GcCause, GcPreview, GcRun }

/** What a collection does beyond what is configured. */
export interface GcOptions {
  /** Collects manifests without a tag that were pushed by digest, too. */
  readonly untagged?: boolean | undefined
}

/** Removes what nothing holds, beside everything else that goes on. */
export interface Collector {
  /**
   * Collects all that is due, in small steps with pauses between them. Whoever asks while a
   * collection runs gets the next one, which begins after that and does what any of those wants who
   * wait for it.
   * @throws OciError UNAVAILABLE if the registry stops meanwhile.
   */
  run(cause: GcCause, options?: GcOptions): Promise<GcRun>
  /** What such a run would collect now; writes nothing. Lists {@link previewItems}. */
  preview(options?: GcOptions): Promise<GcPreview>
  /** Says of runs that an ended process left that they were interrupted. */
  recover(): Promise<void>
  /** Lets no further step begin. */
  stop(): void
}

/** What collections did. */
export type GarbageRecords = Pick<GarbageTable, 'runs' | 'run' | 'journal'>

export interface CollectorDeps {
  readonly metadata: Pick<MetadataStore, 'garbage' | 'uploads' | 'history'>
  readonly uploadStore: Pick<UploadStore, 'stat'>
  /** Removes the objects of what was collected; gives their number. */
  readonly emptyTrash: (isStopped: () => boolean) => Promise<number>
  readonly policy: GcPolicy
  /** Milliseconds that records of runs, and of moves of tags, are kept. */
  readonly keepRuns: number
  readonly keepMoves: number
  /** Told when the audit finds what should not be. */
  readonly onLost: (blobs: number) => void
  readonly now?: () => number
}

/** Items that a preview lists. */
export const previewItems = 1000

/** Milliseconds after which it is looked again which uploads moved, while a collection runs. */
const noteEvery = 250

/** Rows a step looks at. */
const stepSize = 100

/** Manifests looked at in one transaction for those that nothing holds. */
const pageSize = 1000

/** Old records removed after each run, at most. */
const forgetSize = 1000

/** For whoever waits for the collection; what it removed by then stays removed. */
function stopping(): OciError {
  return new OciError('UNAVAILABLE', {
    message: 'the registry is stopping; try again in a moment',
    headers: { 'retry-after': '1' },
  })
}

interface Wish {
  readonly cause: GcCause
  readonly untagged: boolean
}

/** What is configured, and what somebody asks for beyond that. */
export function policyOf({ untagged }: GcPolicy, options: GcOptions = {}): GcPolicy {
  return { untagged: untagged || options.untagged === true }
}

export function createCollector(deps: CollectorDeps): Collector {
  const { metadata, uploadStore, emptyTrash, now = Date.now } = deps
  const { garbage, history } = metadata
  const audit = createAudit(garbage, deps.onLost)
  let stopped = false
  let movesAsOf = Number.NEGATIVE_INFINITY
  let foundUntagged = false

  /** As long as there is something to look at; half of the time belongs to others. */
  async function repeat(step: (options: GcStepOptions) => Promise<GcStep>): Promise<void> {
    for (;;) {
      if (stopped) throw stopping()
      await noteMoves()
      const begun = performance.now()
      const { looked } = await step({ limit: stepSize, movesAsOf })
      if (looked === 0) return
      await sleep(Math.min(performance.now() - begun, 50))
    }
  }

  /** Uploads that moved keep what else their client brought. */
  async function noteMoves(): Promise<void> {
    const asOf = now()
    if (asOf - movesAsOf < noteEvery) return
    const moves = []
    for (const { id } of await metadata.uploads.startedBefore(now(), Number.MAX_SAFE_INTEGER)) {
      // One that is just becoming a blob has no file any more, and a row still.
      const stat = await uploadStore.stat(id)
      moves.push({ id, at: stat?.modifiedAt ?? now() })
    }
    if (moves.length > 0) await garbage.noteMoves(moves)
    movesAsOf = asOf
  }

  /** Those that stayed while they were not meant; once for the configuration, and whenever asked for. */
  async function findUntagged({ untagged }: Wish): Promise<void> {
    if (foundUntagged && !untagged) return
    let after = 0
    do {
      if (stopped) throw stopping()
      const { next = 0 } = await garbage.queueUntagged(after, pageSize)
      after = next
    } while (after > 0)
    foundUntagged = true
  }

  async function collect({ id }: GcRun, wish: Wish): Promise<number> {
    const policy = policyOf(deps.policy, wish)
    if (policy.untagged) await findUntagged(wish)
    await repeat((options) => garbage.collectManifests(id, policy, options))
    await repeat((options) => garbage.collectBlobs(id, options))
    return emptyTrash(() => stopped)
  }

  async function forget(): Promise<void> {
    await garbage.forget(now() - deps.keepRuns, forgetSize)
    await history.forget(now() - deps.keepMoves, forgetSize)
  }

  async function runOnce(wish: Wish): Promise<GcRun> {
    const run = await garbage.begin(wish.cause)
    try {
      const objects = await collect(run, wish)
      const ended = await garbage.end(run.id, objects)
      await forget()
      await audit.continue()
      return ended ?? run
    } catch (error) {
      await garbage.end(run.id, 0, error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  const share = createOneAtATime(runOnce, (first, other) => ({
    cause: first.cause,
    untagged: first.untagged || other.untagged,
  }))

  return {
    run: (cause, { untagged = false } = {}) => share({ cause, untagged }),
    preview: (options) => garbage.preview(policyOf(deps.policy, options), previewItems),
    async recover() {
      await garbage.endInterrupted()
    },
    stop() {
      stopped = true
    },
  }
}
