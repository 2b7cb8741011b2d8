import type { UploadId } from '../../../storage/blobs/store.ts'
import { OciError } from '../../oci/errors.ts'
import type { IncomingBody, UploadTurns } from '../../services/upload-turns.ts'
import { type SentError, unpackError } from '../errors.ts'
import type { Link } from '../link.ts'
import type { CallsOfMain, TurnWish } from '../protocol.ts'

/** Turns that the main process gives. */
export interface RemoteTurns extends Pick<UploadTurns, 'take' | 'takeToRemove' | 'settle'> {
  /** The main process has a body ended. */
  interrupt(turn: number, reason: SentError): void
  /** The main process asks whether an upload may be removed. */
  mayRemove(turn: number): Promise<void>
}

/** Milliseconds between two reports of what came of bodies; they are judged by seconds. */
const reportEvery = 100

export function createRemoteTurns(main: Pick<Link<CallsOfMain>, 'call' | 'tell'>): RemoteTurns {
  const bodies = new Map<number, IncomingBody>()
  const checks = new Map<number, () => Promise<unknown>>()
  let last = 0
  let timer: NodeJS.Timeout | undefined

  function report(): void {
    if (bodies.size === 0) {
      clearInterval(timer)
      timer = undefined
      return
    }
    main.tell('awaited', new Map([...bodies].map(([turn, body]) => [turn, body.awaited()])))
  }

  function watch(turn: number, body: IncomingBody): void {
    bodies.set(turn, body)
    timer ??= setInterval(report, reportEvery).unref()
  }

  async function take<T>(wish: TurnWish, work: () => Promise<T>): Promise<T> {
    try {
      await main.call('takeTurn', wish)
      return await work()
    } finally {
      bodies.delete(wish.turn)
      checks.delete(wish.turn)
      main.tell('endTurn', wish.turn)
    }
  }

  function nextTurn(): number {
    last += 1
    return last
  }

  return {
    take(upload, work, body) {
      const turn = nextTurn()
      if (body) watch(turn, body)
      return take({ turn, upload, kind: body ? 'body' : 'plain' }, work)
    },
    takeToRemove(upload, check, work) {
      const turn = nextTurn()
      checks.set(turn, check)
      return take({ turn, upload, kind: 'removal' }, work)
    },
    settle: (upload: UploadId) => main.call('settle', upload),
    interrupt(turn, reason) {
      const error = unpackError(reason)
      if (error instanceof OciError) bodies.get(turn)?.interrupt(error)
    },
    async mayRemove(turn) {
      await checks.get(turn)?.()
    },
  }
}
