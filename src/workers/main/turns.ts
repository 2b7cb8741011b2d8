import type { UploadId } from '../../../storage/blobs/store.ts'
import type { IncomingBody, UploadTurns } from '../../services/upload-turns.ts'
import { packError } from '../errors.ts'
import type { Link } from '../link.ts'
import type { AwaitedBytes, CallsOfWorker, TurnWish } from '../protocol.ts'

/** The turns of one worker among all that are taken in the registry. */
export interface WorkerTurns {
  /** Resolves when it is the worker's turn; rejects as `UploadTurns.take` does before its work begins. */
  take(wish: TurnWish): Promise<void>
  end(turn: number): void
  awaited(bytes: AwaitedBytes): void
  /** The worker is no more. */
  endAll(): void
}

/** @param onBody told of each upload that a body is read for. */
export function createWorkerTurns(
  turns: Pick<UploadTurns, 'take' | 'takeToRemove'>,
  worker: Pick<Link<CallsOfWorker>, 'call' | 'tell'>,
  onBody: (upload: UploadId) => void,
): WorkerTurns {
  const underWay = new Map<number, () => void>()
  const counts = new Map<number, number | undefined>()
  let gone = false

  function bodyOf(turn: number): IncomingBody {
    return {
      awaited: () => counts.get(turn),
      interrupt: (reason) => worker.tell('interrupt', turn, packError(reason)),
    }
  }

  function enter({ upload, turn, kind }: TurnWish, work: () => Promise<void>): Promise<void> {
    if (kind === 'plain') return turns.take(upload, work)
    if (kind === 'body') return turns.take(upload, work, bodyOf(turn))
    return turns.takeToRemove(upload, () => worker.call('mayRemove', turn), work)
  }

  return {
    take(wish) {
      return new Promise((granted, refused) => {
        const work = () =>
          new Promise<void>((done) => {
            if (gone) return done()
            underWay.set(wish.turn, done)
            if (wish.kind === 'body') onBody(wish.upload)
            granted()
          })
        enter(wish, work).catch(refused)
      })
    },
    end(turn) {
      underWay.get(turn)?.()
      underWay.delete(turn)
      counts.delete(turn)
    },
    awaited(bytes) {
      for (const [turn, count] of bytes) if (underWay.has(turn)) counts.set(turn, count)
    },
    endAll() {
      gone = true
      for (const done of underWay.values()) done()
      underWay.clear()
    },
  }
}
