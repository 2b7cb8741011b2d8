import { writevSync } from 'node:fs'
import type { Descriptor } from './descriptor.ts'

/** What is left of `chunks` when their first `count` bytes are done. */
function skip(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let done = count
  return chunks.flatMap((chunk) => {
    const rest = chunk.subarray(Math.min(done, chunk.length))
    done -= chunk.length - rest.length
    return rest.length === 0 ? [] : [rest]
  })
}

/** A single piece would be written by the call SQLite uses: traces and faults tell them apart. */
function atLeastTwo(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  const [only] = chunks
  if (only === undefined || chunks.length > 1 || only.length < 2) return chunks
  const middle = only.length >> 1
  return [only.subarray(0, middle), only.subarray(middle)]
}

/** Takes note of what a call wrote; gives what is left. */
function advance(chunks: readonly Uint8Array[], written: number, at: number) {
  if (written === 0) throw new Error(`no byte could be written at ${at}`)
  return skip(chunks, written)
}

const isFilled = ({ length }: Uint8Array) => length > 0

/** Writes all of `chunks`, however little a single call takes. */
export async function writeAll(
  file: Pick<Descriptor, 'writev'>,
  chunks: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let rest = atLeastTwo(chunks.filter(isFilled))
  let at = position
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest, at)
    rest = advance(rest, bytesWritten, at)
    at += bytesWritten
  }
}

/** The same; returns when it is done. */
export function writeAllNow(fd: number, chunks: readonly Uint8Array[], position: number): void {
  let rest = atLeastTwo(chunks.filter(isFilled))
  let at = position
  while (rest.length > 0) {
    const written = writevSync(fd, rest, at)
    rest = advance(rest, written, at)
    at += written
  }
}
