import type { OpenBlob } from '../store.ts'
import { DamagedError, explainReadError } from './damage.ts'
import type { Slabs } from './slabs.ts'

/** A file that is open for reading, as far as a reader needs it. */
export interface ReadableFile {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>
}

export interface ReadOptions {
  readonly file: ReadableFile
  readonly slabs: Slabs
  /** Position of the first byte. */
  readonly start: number
  /** Position after the last byte. */
  readonly end: number
  /** What error messages call the file. */
  readonly name: string
}

interface Place extends Pick<ReadOptions, 'file' | 'end' | 'name'> {
  readonly position: number
}

/** Fills a buffer from a place in a file. @throws DamagedError if the file is shorter, or unreadable. */
export async function fillFrom(buffer: Buffer, { file, position, end, name }: Place) {
  try {
    for (let filled = 0; filled < buffer.length; ) {
      const rest = buffer.length - filled
      const { bytesRead } = await file.read(buffer, filled, rest, position + filled)
      if (bytesRead === 0) {
        throw new DamagedError(
          'wrong size',
          `${name} ends at byte ${position + filled}, ${end} bytes were expected`,
        )
      }
      filled += bytesRead
    }
  } catch (error) {
    throw explainReadError(error, name)
  }
}

async function fill(options: ReadOptions, position: number): Promise<Buffer> {
  const { slabs, end } = options
  const slab = slabs.take(end - position)
  try {
    await fillFrom(slab, { ...options, position })
  } catch (error) {
    slabs.reuse(slab)
    throw error
  }
  return slab
}

/**
 * Reads one slab ahead of the caller. Three slabs go round: the one being filled, the one the caller
 * has, and the one before it, which by the promise of `BlobBytes` stays untouched until the caller
 * asks again. While slabs are scarce it does not read ahead, and two go round: then there are others
 * to work for meanwhile. The last ones never see that `next()`, so they are not lent to another reader; it
 * returns them, for `Slabs.reuse` once nobody looks at them. Leaves the file open.
 * @throws Error if the file is shorter than `end`.
 */
export async function* readAhead(options: ReadOptions): AsyncGenerator<Buffer, readonly Buffer[]> {
  const { slabs, start, end } = options
  const given: Buffer[] = []
  let position = start
  let ahead: Promise<Buffer> | undefined

  function begin(): Promise<Buffer> {
    const filling = fill(options, position)
    // The `next()` that needs these bytes throws the error; if none comes, it is nobody's.
    filling.catch(() => undefined)
    return filling
  }

  try {
    while (position < end) {
      ahead ??= begin()
      const slab = await ahead
      position += slab.length
      ahead = position < end && !slabs.areScarce() ? begin() : undefined
      given.push(slab)
      yield slab
      if (given.length > 1) slabs.reuse(given.shift() as Buffer)
    }
    return given
  } finally {
    const unseen = await ahead?.catch(() => undefined)
    if (unseen !== undefined) slabs.reuse(unseen)
    for (const slab of given) slabs.forget(slab)
  }
}

/** What is known of the file that is read. */
export type Opened = Pick<OpenBlob, 'size' | 'version'>

export interface ReaderOptions extends ReadOptions {
  readonly file: ReadableFile & { close(): void | Promise<void> }
}

/**
 * Reads a file once and closes it: at the end, after an error, or on `return()`, which also works
 * before the first `next()`, where a generator alone would not run its `finally`.
 */
export function createReader(
  options: ReaderOptions,
  opened: Opened,
): AsyncIterableIterator<Buffer> & OpenBlob {
  const { file, slabs } = options
  const chunks = readAhead(options)
  let last: readonly Buffer[] = []
  let open = true

  async function close(): Promise<void> {
    if (!open) return
    open = false
    await file.close()
  }

  const reader: AsyncIterableIterator<Buffer> & OpenBlob = {
    ...opened,
    [Symbol.asyncIterator]: () => reader,
    async next() {
      try {
        const step = await chunks.next()
        if (!step.done) return step
        last = step.value ?? []
      } catch (error) {
        await close()
        throw error
      }
      await close()
      return { done: true, value: undefined }
    },
    async return() {
      // Only after this, no read is under way.
      await chunks.return([])
      await close()
      for (const slab of last) slabs.reuse(slab)
      last = []
      return { done: true, value: undefined }
    },
  }
  return reader
}
