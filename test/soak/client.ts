import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** An answer, and when it was asked for and came: milliseconds since 1970. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly sent: number
  readonly answered: number
}

/** A piece of a body, sent after a pause (milliseconds). */
export interface Piece {
  readonly bytes: Buffer
  readonly pause: number
}

export interface Wanted {
  readonly headers?: Readonly<Record<string, string>>
  /** Pieces are sent one after the other, without a length. */
  readonly body?: Buffer | readonly Piece[]
}

/** The connection broke before the answer was whole: nobody knows whether the request was done. */
export class Broken extends Error {}

/** One client of the registry, with a source address and connections of its own. */
export interface Client {
  /** @throws Broken */
  send(method: string, path: string, wanted?: Wanted): Promise<Reply>
  sendJson(method: string, path: string, json: object): Promise<Reply>
  close(): void
}

export interface ClientOptions {
  readonly port: number
  /** Below 127.0.0.0/8. */
  readonly address: string
  /** Told of each answer. */
  readonly onReply: (reply: Reply) => void
}

/** Milliseconds without a byte after which an answer is given up. */
const patience = 60_000

async function stream(to: ClientRequest, pieces: readonly Piece[]): Promise<void> {
  for (const { bytes, pause } of pieces) {
    await delay(pause)
    if (to.destroyed) return
    to.write(bytes)
  }
  to.end()
}

/** `undefined` if it broke off. */
function collect(response: IncomingMessage, sent: number): Promise<Reply | undefined> {
  const { statusCode: status = 0, headers } = response
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', () => undefined)
    response.on('close', () => {
      const reply = { status, headers, body: Buffer.concat(chunks), sent, answered: Date.now() }
      resolve(response.complete ? reply : undefined)
    })
  })
}

export function createClient({ port, address, onReply }: ClientOptions): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 6 })

  function send(method: string, path: string, { headers = {}, body }: Wanted = {}) {
    return new Promise<Reply>((resolve, reject) => {
      const sent = Date.now()
      const fail = (error: Error) => reject(new Broken(`${method} ${path}: ${error.message}`))
      const length = Buffer.isBuffer(body) ? { 'content-length': String(body.length) } : {}
      const asked = request(
        {
          host: '127.0.0.1',
          port,
          method,
          path,
          agent,
          localAddress: address,
          headers: { ...headers, ...length },
        },
        (response) => {
          collect(response, sent).then((reply) => {
            if (!reply) return fail(new Error('the answer broke off'))
            onReply(reply)
            resolve(reply)
          }, fail)
        },
      )
      asked.setTimeout(patience, () => asked.destroy(new Error(`no answer for ${patience} ms`)))
      asked.on('error', fail)
      if (body === undefined || Buffer.isBuffer(body)) asked.end(body)
      else stream(asked, body).catch(fail)
    })
  }

  return {
    send,
    sendJson: (method, path, json) =>
      send(method, path, {
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(json)),
      }),
    close: () => agent.destroy(),
  }
}
