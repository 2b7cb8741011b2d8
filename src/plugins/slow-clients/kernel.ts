import { readlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Socket } from 'node:net'

/**
 * What the kernel holds of a connection. `socket.bytesWritten` counts bytes that still lie in this
 * process, and those that left it may lie in the kernel, megabytes of them, long after the peer
 * stopped to take any. Only Linux tells, and only parts of Node that it does not document; where
 * they are not there, the answer is `undefined`.
 */

interface Handle {
  readonly bytesWritten?: unknown
  readonly writeQueueSize?: unknown
  readonly fd?: unknown
}

interface Inner {
  readonly _bytesDispatched?: unknown
  /** That of a TLS connection has the one below it as its parent, which carries what is encrypted. */
  readonly _handle?: (Handle & { readonly _parent?: Handle | null }) | null
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined
}

/** Bytes written to a connection that the kernel has taken over, whether or not the peer has. */
export function handedOver(socket: Socket): number | undefined {
  const { _bytesDispatched, _handle } = socket as Inner
  const below = _handle?._parent
  const dispatched = numberOf(below ? below.bytesWritten : _bytesDispatched)
  const queued = numberOf((below ?? _handle)?.writeQueueSize)
  return dispatched === undefined || queued === undefined ? undefined : dispatched - queued
}

/** The number under which the kernel lists a socket. */
export function inodeOf(socket: Socket): number | undefined {
  const descriptor = numberOf((socket as Inner)._handle?.fd)
  if (descriptor === undefined) return undefined
  try {
    return numberOf(
      Number(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1]),
    )
  } catch {
    return undefined
  }
}

/** IPv4 sockets, and those of a server that listens on `::`. */
const tables = ['/proc/net/tcp', '/proc/net/tcp6']

/** A line holds two addresses, state, transmit and receive queue, timer, retransmits, uid, timeout and inode. */
const line = /^ *\d+: \S+ \S+ \S+ ([0-9A-F]{8}):\S+ \S+ \S+ +\d+ +\d+ (\d+) /gm

/** Gives whole lines of a file, some at a time, so that a long table does not hold up the loop. */
async function* piecesOf(path: string): AsyncGenerator<string> {
  const file = await open(path)
  try {
    const buffer = Buffer.allocUnsafe(64 * 1024)
    let rest = ''
    for (;;) {
      const { bytesRead } = await file.read(buffer)
      if (bytesRead === 0) return
      const text = rest + buffer.toString('latin1', 0, bytesRead)
      const end = text.lastIndexOf('\n') + 1
      rest = text.slice(end)
      yield text.slice(0, end)
    }
  } finally {
    await file.close()
  }
}

/** Bytes that were handed to the kernel and not acknowledged by the peer, by inode; those it knows. */
export async function readUnacknowledged(
  inodes: ReadonlySet<number>,
): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>()
  for (const path of tables) {
    try {
      for await (const piece of piecesOf(path)) {
        for (const [, queue = '', inode] of piece.matchAll(line)) {
          if (inodes.has(Number(inode))) found.set(Number(inode), Number.parseInt(queue, 16))
        }
      }
    } catch {
      // Not Linux, or no file can be opened now: nothing is known, and nobody is cut for that.
    }
  }
  return found
}
