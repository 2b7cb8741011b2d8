import { setTimeout as sleep } from 'node:timers/promises'
import type { UploadStore } from '../../../storage/blobs/store.ts'
import type {
  GarbageTable,
  GcCause,
  GcPolicy,
  GcPreview,
  GcRun,
  GcStep,
} from '../../../storage/metadata/garbage/store.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { createAudit } from './audit.ts'
import { createOneAtATime } from './one-at-a-time.ts'

export type { GcCause, GcPreview, GcRun }

/** Removes what nothing holds, beside everything else that goes on. */
export interface Collector {
  /**
   * Collects all that is due, in small steps with pauses between them. Whoever asks while a
   * collection runs gets the next one, which begins after that.
   */
  run(cause: GcCause): Promise<GcRun>
  /** What a run would collect now; writes nothing. @param limit items to list. */
  preview(limit: number): Promise<GcPreview>
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
  readonly emptyTrash: () => Promise<number>
  readonly policy: GcPolicy
  /** Milliseconds that records of runs, and of moves of tags, are kept. */
  readonly keepRuns: number
  readonly keepMoves: number
  /** Told when the audit finds what should not be. */
  readonly onLost: (blobs: number) => void
  readonly now?: () => number
}

/** Milliseconds after which a run looks again which uploads have moved meanwhile. */
const noteEvery = 250

/** Rows a step looks at. */
const stepSize = 100

/** Old records removed after each run, at most. */
const forgetSize = 1000

/** A run ended early because of `stop`. */
export class Stopped extends Error {}

export function createCollector(deps: CollectorDeps): Collector {
  const { metadata, uploadStore, emptyTrash, policy, now = Date.now } = deps
  const { garbage, history } = metadata
  const audit = createAudit(garbage, deps.onLost)
  let stopped = false
  let noted = Number.NEGATIVE_INFINITY

  /** As long as there is something to look at; half of the time belongs to others. */
  async function repeat(step: () => Promise<GcStep>): Promise<void> {
    for (;;) {
      if (stopped) throw new Stopped('the registry is stopping')
      const begun = performance.now()
      if (begun - noted > noteEvery) await noteMoves()
      const { looked } = await step()
      if (looked === 0) return
      await sleep(Math.min(performance.now() - begun, 50))
    }
  }

  /** Uploads that moved keep what else their client brought. */
  async function noteMoves(): Promise<void> {
    noted = performance.now()
    const moves = []
    for (const { id } of await metadata.uploads.startedBefore(now(), Number.MAX_SAFE_INTEGER)) {
      // One that is just becoming a blob has no file any more, and a row still.
      const stat = await uploadStore.stat(id)
      moves.push({ id, at: stat?.modifiedAt ?? now() })
    }
    if (moves.length > 0) await garbage.noteMoves(moves)
  }

  async function collect({ id }: GcRun): Promise<number> {
    noted = Number.NEGATIVE_INFINITY
    await repeat(() => garbage.collectManifests(id, policy, stepSize))
    await repeat(() => garbage.collectBlobs(id, stepSize))
    return emptyTrash()
  }

  async function forget(): Promise<void> {
    await garbage.forget(now() - deps.keepRuns, forgetSize)
    await history.forget(now() - deps.keepMoves, forgetSize)
  }

  async function runOnce(cause: GcCause): Promise<GcRun> {
    const run = await garbage.begin(cause)
    try {
      const objects = await collect(run)
      const ended = await garbage.end(run.id, objects)
      await forget()
      await audit.continue()
      return ended ?? run
    } catch (error) {
      await garbage.end(run.id, 0, error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  return {
    run: createOneAtATime(runOnce),
    preview: (limit) => garbage.preview(policy, limit),
    async recover() {
      await garbage.endInterrupted()
    },
    stop() {
      stopped = true
    },
  }
}
