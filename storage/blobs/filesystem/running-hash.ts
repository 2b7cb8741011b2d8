import { type Algorithm, newHash } from '../../../src/oci/digest.ts'
import type { Descriptor } from './descriptor.ts'
import type { Lane, StoreThreads } from './threads/threads.ts'
import { writeAll } from './write-all.ts'

/** Up to this many bytes are written and hashed here: sooner than they are handed over. */
const smallBytes = 64 * 1024

/** The next bytes of a file. */
export interface NextBytes {
  readonly file: Pick<Descriptor, 'fd' | 'writev'>
  readonly position: number
  /** Their memory is given away. */
  readonly chunks: readonly Uint8Array[]
  readonly size: number
  /** Of the body they come from; once some of it could not be written, no more of it is. */
  readonly body: number
}

/** Stores bytes, and knows their hash. Several may be stored at a time; they are in order. */
export interface RunningHash {
  /** Resolves when they are written. */
  store(next: NextBytes): Promise<void>
  /** In hex, of all bytes so far; more may follow. `undefined` if it is not known. */
  digest(): Promise<string | undefined>
  /** Nothing more is asked of it. */
  end(): void
}

/** A hash in this thread. Big pieces are written by another one. */
export interface HashHere extends RunningHash {
  update(bytes: Uint8Array): void
  digest(): Promise<string>
}

export function createHashHere(algorithm: Algorithm, threads: StoreThreads): HashHere {
  const hash = newHash(algorithm)
  const writer = createWriter(threads)
  const update = (bytes: Uint8Array) => void hash.update(bytes)
  return {
    update,
    store(next) {
      next.chunks.forEach(update)
      return writer.store(next)
    },
    digest: async () => hash.copy().digest('hex'),
    end: writer.end,
  }
}

/** Only writes: for bytes after others whose hash is not known. */
export function createWriter(threads: StoreThreads): RunningHash {
  let lane: Lane | undefined
  return {
    store(next) {
      if (lane === undefined && next.size <= smallBytes) {
        return writeAll(next.file, next.chunks, next.position)
      }
      lane ??= threads.open()
      return lane.store(pieceOf(next))
    },
    digest: async () => undefined,
    end() {
      lane?.end()
      lane = undefined
    },
  }
}

/**
 * A new hash. Bytes are stored and hashed in another thread if the first of them are many: that is
 * how big bodies come.
 */
export function createRunningHash(algorithm: Algorithm, threads: StoreThreads): RunningHash {
  let hash: RunningHash | undefined
  return {
    store(next) {
      hash ??=
        next.size <= smallBytes
          ? createHashHere(algorithm, threads)
          : createHashThere(threads.open(algorithm))
      return hash.store(next)
    },
    digest() {
      hash ??= createHashHere(algorithm, threads)
      return hash.digest()
    },
    end() {
      hash?.end()
    },
  }
}

function createHashThere(lane: Lane): RunningHash {
  return { store: (next) => lane.store(pieceOf(next)), digest: lane.digest, end: lane.end }
}

function pieceOf({ file, position, chunks, body }: NextBytes) {
  return { fd: file.fd, position, chunks, body }
}
