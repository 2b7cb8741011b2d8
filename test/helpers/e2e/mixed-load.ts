import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { sha256 } from './digest.ts'

/** What was done, and each answer that was not the right one. */
export interface Tally {
  pushes: number
  pulls: number
  images: number
  lists: number
  longManifests: number
  readonly failures: string[]
}

export interface MixedLoad {
  readonly url: string
  readonly milliseconds: number
  /** Bytes of a big blob. */
  readonly blobSize: number
  /** Big pushes, and big pulls, at the same time. */
  readonly transfers: number
  /** Bytes a second of each of them at most. */
  readonly rate: number
  readonly imagesPerSecond: number
  /** References of a long manifest, one of which is pushed every three seconds. */
  readonly references: number
}

const ociImage = 'application/vnd.oci.image.manifest.v1+json'
const ociIndex = 'application/vnd.oci.image.index.v1+json'

type Send = (method: string, path: string, status: number, body?: Body) => Promise<number>

interface Body {
  readonly bytes: readonly Buffer[]
  readonly type?: string
}

/** Waits until `bytes` may have moved at `rate` since it was made. */
function createPace(rate: number): (bytes: number) => Promise<void> {
  const begin = performance.now()
  return async (bytes) => {
    const early = begin + (bytes / rate) * 1000 - performance.now()
    if (early > 5) await sleep(early)
  }
}

async function writePaced(sent: ClientRequest, body: Body, rate: number): Promise<void> {
  const wait = createPace(rate)
  let count = 0
  for (const bytes of body.bytes) {
    for (let at = 0; at < bytes.length && !sent.destroyed; at += 256 * 1024) {
      const piece = bytes.subarray(at, at + 256 * 1024)
      sent.write(piece)
      count += piece.length
      await wait(count)
    }
  }
  sent.end()
}

async function readPaced(answer: IncomingMessage, rate: number): Promise<number> {
  const wait = createPace(rate)
  let count = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    count += chunk.length
    await wait(count)
  }
  return count
}

/** Sends requests and throws answers away; what goes wrong goes to the failures. */
function createSender({ url, rate }: MixedLoad, agent: Agent, failures: string[]): Send {
  async function exchange(method: string, path: string, status: number, body?: Body) {
    const length = (body?.bytes ?? []).reduce((sum, bytes) => sum + bytes.length, 0)
    const headers = {
      ...(body?.type ? { 'content-type': body.type } : {}),
      ...(method === 'GET' ? {} : { 'content-length': length }),
    }
    const sent = request(url + path, { method, agent, headers })
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>
    const [[answer]] = await Promise.all([answered, writePaced(sent, body ?? { bytes: [] }, rate)])
    const count = await readPaced(answer, rate)
    if (answer.statusCode !== status) throw new Error(`answered ${answer.statusCode}`)
    return count
  }

  return async (method, path, ...rest) => {
    try {
      return await exchange(method, path, ...rest)
    } catch (error) {
      failures.push(`${method} ${path.replace(/[0-9a-f]{64}/, '…')}: ${error}`)
      return 0
    }
  }
}

const post = (name: string, digest: string) => `/v2/${name}/blobs/uploads/?digest=${digest}`

/** Blobs that differ in their last bytes only, so that making one costs nothing. */
function createBigBlobs(size: number) {
  const base = randomBytes(size - 16)
  const state = createHash('sha256').update(base)
  return () => {
    const end = randomBytes(16)
    const digest = `sha256:${state.copy().update(end).digest('hex')}`
    return { digest, bytes: [base, end] }
  }
}

function descriptor(digest: string, mediaType: string, size: number) {
  return { mediaType, digest, size }
}

async function pushImage(send: Send, name: string, tag: string): Promise<void> {
  const [config, layer] = [randomBytes(200), randomBytes(4000)]
  for (const bytes of [config, layer])
    await send('POST', post(name, sha256(bytes)), 201, { bytes: [bytes] })
  const manifest = {
    schemaVersion: 2,
    mediaType: ociImage,
    config: descriptor(sha256(config), 'application/vnd.oci.image.config.v1+json', config.length),
    layers: [descriptor(sha256(layer), 'application/vnd.oci.image.layer.v1.tar', layer.length)],
  }
  const bytes = [Buffer.from(JSON.stringify(manifest))]
  await send('PUT', `/v2/${name}/manifests/${tag}`, 201, { bytes, type: ociImage })
}

function longManifest(references: number): Buffer {
  const manifests = Array.from({ length: references }, () =>
    descriptor(sha256(randomBytes(8)), ociImage, 1000),
  )
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }))
}

/** Begins one of these every so many milliseconds, whether or not the one before is done. */
async function every(milliseconds: number, until: number, begin: (n: number) => Promise<void>) {
  const begun: Promise<void>[] = []
  const start = performance.now()
  for (let n = 0; performance.now() < until; n++) {
    begun.push(begin(n))
    await sleep(Math.max(0, start + (n + 1) * milliseconds - performance.now()))
  }
  await Promise.all(begun)
}

/** Pushes and pulls of all sizes at the same time, for a while. */
export async function runMixedLoad(load: MixedLoad): Promise<Tally> {
  const tally: Tally = { pushes: 0, pulls: 0, images: 0, lists: 0, longManifests: 0, failures: [] }
  const agent = new Agent({ keepAlive: true })
  const send = createSender(load, agent, tally.failures)
  const bigBlob = createBigBlobs(load.blobSize)
  const first = bigBlob()
  await send('POST', post('big', first.digest), 201, first)
  const manifests = [1, 2, 3].map(() => longManifest(load.references))
  const until = performance.now() + load.milliseconds

  const push = async (name: string) => {
    while (performance.now() < until) {
      const blob = bigBlob()
      await send('POST', post(name, blob.digest), 201, blob)
      tally.pushes++
    }
  }
  const pull = async () => {
    while (performance.now() < until) {
      const bytes = await send('GET', `/v2/big/blobs/${first.digest}`, 200)
      if (bytes !== load.blobSize) tally.failures.push(`a pull gave ${bytes} bytes`)
      tally.pulls++
    }
  }
  await Promise.all([
    ...Array.from({ length: load.transfers }, (_, n) => push(`push${n}`)),
    ...Array.from({ length: load.transfers }, pull),
    every(1000 / load.imagesPerSecond, until, async (n) => {
      await pushImage(send, `small${n % 10}`, `v${n}`)
      tally.images++
    }),
    every(200, until, async (n) => {
      // The first images are still on their way.
      if (n > 10) await send('GET', `/v2/small${n % 10}/tags/list`, 200)
      tally.lists++
    }),
    every(3000, until, async (n) => {
      const bytes = [manifests[n % manifests.length] as Buffer]
      const path = `/v2/long${Math.floor(n / manifests.length)}/manifests/v${n}`
      await send('PUT', path, 201, { bytes, type: ociIndex })
      tally.longManifests++
    }),
  ])
  agent.destroy()
  return tally
}
