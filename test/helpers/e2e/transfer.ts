import { createHash } from 'node:crypto'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** Connections of their own, so that breaking one off breaks off exactly one transfer. */
const options = { agent: false }

/** Begins a download and leaves its body unread: the sender fills its buffers and stalls. */
export function openDownload(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, resolve)
    sent.on('error', reject)
    sent.end()
  })
}

export interface Received {
  readonly digest: string
  /** Whether the server sent all it had announced. */
  readonly complete: boolean
}

/** Reads a body no faster than `rate` bytes a second. */
export async function readSlowly(body: IncomingMessage, rate: number): Promise<Received> {
  const hash = createHash('sha256')
  const begin = performance.now()
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
      const early = (bytes / rate) * 1000 - (performance.now() - begin)
      if (early > 5) await delay(early)
    }
  } catch {
    // The connection broke: `complete` says so.
  }
  return { digest: `sha256:${hash.digest('hex')}`, complete: body.complete }
}

/** Reads a little of a download, then hangs up. */
export async function abortDownload(url: string): Promise<void> {
  const body = await openDownload(url)
  await new Promise((resolve) => body.once('data', resolve))
  body.destroy()
}

/**
 * Announces `total` bytes, sends the `part` and waits; the caller hangs up with `destroy`.
 * Resolves once the part is in the kernel's hands.
 */
export function openUpload(
  method: 'PATCH' | 'PUT',
  url: string,
  part: Buffer,
  total: number,
): Promise<ClientRequest> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': total }
  const sent = request(url, { ...options, method, headers })
  sent.on('error', () => undefined)
  return new Promise((resolve, reject) => {
    sent.write(part, (error) => (error ? reject(error) : resolve(sent)))
  })
}
