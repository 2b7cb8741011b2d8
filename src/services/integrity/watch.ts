import type { BlobBytes } from '../../../storage/blobs/store.ts'

export interface Watcher {
  /** Called with each chunk before it is passed on; what it throws, the reader gets instead. */
  onChunk?(chunk: Buffer): void
  /** Called when all was read and before that is told; may throw as well. */
  onEnd?(): void
  /** Called with what broke the reading, once. */
  onError(error: unknown): void
}

/**
 * Passes bytes on, seen by a watcher. Keeps every promise of `BlobBytes`: chunk for chunk, and
 * `return()` before the first `next()` frees what is held.
 */
export function watch(bytes: BlobBytes, watcher: Watcher): BlobBytes {
  const chunks = bytes[Symbol.asyncIterator]()
  const close = async () => {
    await chunks.return?.()
  }
  const watched: AsyncIterableIterator<Buffer> = {
    [Symbol.asyncIterator]: () => watched,
    async next() {
      try {
        const step = await chunks.next()
        if (step.done) watcher.onEnd?.()
        else watcher.onChunk?.(step.value)
        return step
      } catch (error) {
        await close()
        watcher.onError(error)
        throw error
      }
    },
    async return() {
      await close()
      return { done: true, value: undefined }
    },
  }
  return watched
}
