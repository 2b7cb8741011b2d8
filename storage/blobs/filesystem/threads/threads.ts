import { availableParallelism } from 'node:os'
import type { Algorithm } from '../../../../src/oci/digest.ts'
import type { HashName } from './orders.ts'
import { type StoreThread, startThread } from './thread.ts'

/** Bytes for one file, from a position on. Their memory is given away. */
export interface Piece {
  readonly fd: number
  readonly position: number
  readonly chunks: readonly Uint8Array[]
  /** See `StoreOrder`. */
  readonly body: number
}

/** A place in a thread, kept until `end`: all that is stored through it is stored in order. */
export interface Lane {
  store(piece: Piece): Promise<void>
  /** Of all bytes stored through the lane, if it hashes them. */
  digest(): Promise<string | undefined>
  end(): void
}

export interface StoreThreads {
  /** In the thread that has the fewest lanes; threads are started when they are needed. */
  open(algorithm?: Algorithm): Lane
}

interface Member {
  readonly thread: StoreThread
  lanes: number
}

/** @param limit threads at most; one processor is left for the thread that serves. */
export function createStoreThreads(
  limit = Math.min(4, Math.max(1, availableParallelism() - 1)),
): StoreThreads {
  const members = new Set<Member>()
  let last = 0

  function start(): Member {
    const member: Member = { thread: startThread(() => members.delete(member)), lanes: 0 }
    members.add(member)
    return member
  }

  function choose(): Member {
    const [idlest] = [...members].sort((a, b) => a.lanes - b.lanes)
    return idlest && (idlest.lanes === 0 || members.size >= limit) ? idlest : start()
  }

  return {
    open(algorithm) {
      const member = choose()
      const { thread } = member
      member.lanes += 1
      last += 1
      const id = last
      const hash: HashName | undefined = algorithm && { id, algorithm }
      let open = true
      return {
        store: (piece) => thread.store({ ...piece, hash }),
        digest: () => thread.digest(id),
        end() {
          if (!open) return
          open = false
          member.lanes -= 1
          thread.end(id)
        },
      }
    },
  }
}
