import { extract as createExtract, type Header } from 'tar-stream'
import { limits } from './limits.ts'
import { refuse, show } from './refusal.ts'

/** An entry of a tar, as it comes by. Whoever gets one reads its bytes before the next is asked for. */
export interface TarEntry {
  readonly path: string
  readonly type: 'file' | 'directory' | 'symlink' | 'link'
  /** Bytes. */
  readonly size: number
  /** Of a link. */
  readonly target: string
  readonly bytes: AsyncIterable<Buffer>
}

const types: Readonly<Record<string, TarEntry['type']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'link',
}

function checkHeader({ name, type, size, pax }: Header): TarEntry['type'] {
  const known = types[type ?? '']
  const records = Object.keys(pax ?? {})
  if (records.length > limits.records) {
    throw refuse(`${show(name)} has more than ${limits.records} PAX records`)
  }
  const sparse = records.some((key) => key.startsWith('GNU.sparse'))
  if (sparse) throw refuse(`${show(name)} is a sparse file`)
  if (known === undefined) throw refuse(`${show(name)} is no file, directory or link`)
  if (!Number.isSafeInteger(size) || size < 0) throw refuse(`${show(name)} has no sensible size`)
  return known
}

const zeros = Buffer.alloc(64 * 1024)

function isEmpty(chunk: Buffer): boolean {
  return chunk.equals(zeros.subarray(0, chunk.length))
}

async function* slices(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += zeros.length) {
      yield chunk.subarray(at, at + zeros.length)
    }
  }
}

/**
 * Hands a tar to its reader. The reader collects headers in memory and looks at them when they are
 * whole: so what comes while no entry does is counted, and held back before it is too much.
 */
function createFeed(extract: ReturnType<typeof createExtract>) {
  let headers = 0
  let padding = 0

  /** False for what follows the end, which the reader need not see. */
  function admit(slice: Buffer): boolean {
    const empty = headers >= limits.headers && isEmpty(slice)
    if (empty) padding += slice.length
    if (padding > limits.padding) throw refuse('nothing but zeros follow in it')
    if (empty) return false
    if (padding > 0 || headers >= limits.headers) {
      throw refuse(`headers of an entry are longer than ${limits.headers} bytes`)
    }
    return true
  }

  async function write(slice: Buffer): Promise<void> {
    headers += slice.length
    if (extract.write(slice)) return
    await new Promise<void>((resolve) => {
      const done = () => {
        extract.off('drain', done)
        extract.off('close', done)
        resolve()
      }
      extract.on('drain', done)
      extract.on('close', done)
    })
  }

  return {
    /** An entry comes, or more of one. */
    moved() {
      headers = 0
    },
    async run(source: AsyncIterable<Buffer>): Promise<void> {
      for await (const slice of slices(source)) {
        if (extract.destroyed) return
        if (admit(slice)) await write(slice)
      }
      extract.end(null)
    },
  }
}

/** The reader's own words for what is wrong with a tar. */
function explain(error: unknown): unknown {
  const words = [
    'Unexpected end of data',
    'Invalid tar header',
    'Invalid header',
    'Header exceeds max size',
  ]
  const { message = '' } = error as { readonly message?: string }
  const known = words.find((word) => message.startsWith(word))
  if (known === 'Unexpected end of data') return refuse('it is cut off')
  return known ? refuse('it is no tar archive, or a broken one') : error
}

/**
 * The entries of a tar, in order; nothing is ever written anywhere.
 * @throws Problem if it is broken, cut off, or goes beyond the limits.
 */
export async function* tarEntries(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const extract = createExtract()
  const feed = createFeed(extract)
  let failure: unknown
  let count = 0

  async function* read(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of stream) {
        feed.moved()
        yield chunk
      }
    } catch (error) {
      throw explain(failure ?? error)
    }
  }
  const feeding = feed.run(source).catch((error: unknown) => {
    failure = error
    extract.destroy(error as Error)
  })
  try {
    for await (const stream of extract) {
      feed.moved()
      count += 1
      if (count > limits.entries) throw refuse(`it has more than ${limits.entries} entries`)
      const { header } = stream
      const type = checkHeader(header)
      const { name: path, size, linkname } = header
      yield {
        path,
        type,
        size,
        target: linkname ?? '',
        bytes: read(stream as AsyncIterable<Buffer>),
      }
      stream.resume()
    }
    await feeding
    if (failure !== undefined) throw failure
  } catch (error) {
    throw explain(failure ?? error)
  } finally {
    extract.destroy()
    await feeding
  }
}
