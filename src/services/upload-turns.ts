import type { UploadId } from '../../storage/blobs/store.ts'
import { OciError } from '../oci/errors.ts'
import { Interruption } from './interruption.ts'
import type { KeyedLock } from './keyed-lock.ts'

/** A body on its way from a client. */
export interface IncomingBody {
  /**
   * Bytes that came over its connection so far, if it is the client that is waited for; `undefined`
   * while the registry is busy with what came, or all of it is here.
   */
  awaited(): number | undefined
  /** Makes the reading of it fail with `reason`, unless all of it is here. */
  interrupt(reason: OciError): void
}

/**
 * Whose turn it is to work on an upload: strictly in order of arrival. But a client that vanished in
 * the middle of a body must not keep its upload from everybody, least of all from itself when it
 * comes back on a new connection. Only its owner knows an upload's id, so whoever else asks for it
 * is the owner once more.
 */
export interface UploadTurns {
  /**
   * Waits for all earlier work on the upload, then runs `work`. Meanwhile a body that stands still
   * for {@link UploadTurnOptions.stalledAfter} is ended: its request fails with 408, what came of
   * it is kept or not as its request promises.
   * @param body what `work` reads, so that others can end it.
   */
  take<T>(id: UploadId, work: () => Promise<T>, body?: IncomingBody): Promise<T>
  /**
   * Like `take`, but ends every body at work or in line before it with BLOB_UPLOAD_UNKNOWN, because
   * `work` removes the upload.
   * @param check rejects if whoever asks may not remove it: nothing is ended then.
   */
  takeToRemove<T>(id: UploadId, check: () => Promise<unknown>, work: () => Promise<T>): Promise<T>
  /** Resolves at once if no body is read, else when the one being read moves or has been ended. */
  settle(id: UploadId): Promise<void>
  /** Ends every body that stood still for `limit` milliseconds, as far as earlier calls have seen. */
  endStanding(limit: number): void
}

export interface UploadTurnOptions {
  readonly lock: KeyedLock
  /** Milliseconds without a byte after which others may end a body. */
  readonly stalledAfter?: number
}

/** Looks at a body in the time after which it counts as stalled. */
const looks = 50

/** A body at work, and how far it was when it was last looked at. */
interface Reading {
  readonly body: IncomingBody
  count: number | undefined
  since: number
}

function stalled(): Interruption {
  return new Interruption('SIZE_INVALID', {
    status: 408,
    message: 'the body stood still for too long; ask how far the upload came, and go on from there',
    headers: { connection: 'close' },
  })
}

/** Milliseconds for which a body has stood still since it was first seen to. */
function standingFor(reading: Reading): number {
  const now = performance.now()
  const count = reading.body.awaited()
  if (count === undefined || count !== reading.count) reading.since = now
  reading.count = count
  return now - reading.since
}

export function createUploadTurns({ lock, stalledAfter = 5000 }: UploadTurnOptions): UploadTurns {
  const readings = new Map<UploadId, Reading>()
  /** Removals that wait for their turn. */
  const removals = new Map<UploadId, number>()

  async function read<T>(id: UploadId, body: IncomingBody, work: () => Promise<T>): Promise<T> {
    if (removals.has(id)) throw new OciError('BLOB_UPLOAD_UNKNOWN')
    readings.set(id, { body, count: undefined, since: performance.now() })
    try {
      return await work()
    } finally {
      readings.delete(id)
    }
  }

  /** Looks at the body being read until `done`, and ends it when it has stood still. */
  function watch(id: UploadId, done: (reading: Reading | undefined) => boolean): () => void {
    const timer = setInterval(() => {
      const reading = readings.get(id)
      if (reading && standingFor(reading) >= stalledAfter) reading.body.interrupt(stalled())
      if (done(reading)) clearInterval(timer)
    }, stalledAfter / looks)
    return () => clearInterval(timer)
  }

  function countRemoval(id: UploadId, change: 1 | -1): void {
    const count = (removals.get(id) ?? 0) + change
    if (count === 0) removals.delete(id)
    else removals.set(id, count)
  }

  return {
    take(id, work, body) {
      const stop = lock.isHeld(id) ? watch(id, () => false) : () => {}
      return lock.run(id, () => {
        stop()
        return body ? read(id, body, work) : work()
      })
    },
    takeToRemove(id, check, work) {
      let waits = lock.isHeld(id)
      let counted = false
      const announce = () => {
        if (!waits) return
        counted = true
        countRemoval(id, 1)
        readings.get(id)?.body.interrupt(new OciError('BLOB_UPLOAD_UNKNOWN'))
      }
      if (waits) check().then(announce, () => {})
      return lock.run(id, () => {
        waits = false
        if (counted) countRemoval(id, -1)
        return work()
      })
    },
    settle(id) {
      const reading = readings.get(id)
      if (reading?.body.awaited() === undefined) return Promise.resolve()
      standingFor(reading)
      const begun = performance.now()
      return new Promise((resolve) => {
        watch(id, (now) => {
          const settled = now !== reading || reading.since > begun
          if (settled) resolve()
          return settled
        })
      })
    },
    endStanding(limit) {
      for (const reading of readings.values()) {
        if (standingFor(reading) >= limit) reading.body.interrupt(stalled())
      }
    },
  }
}
