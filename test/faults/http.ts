import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { setImmediate as breathe } from 'node:timers/promises'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Whether the body came to a proper end. The status holds either way. */
  readonly whole: boolean
}

export interface Wanted {
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A list is sent piece by piece, without a length. */
  readonly body?: Buffer | readonly Buffer[]
}

/** The connection broke before the answer: nobody knows whether the request was done. */
export class Broken extends Error {}

/** Nothing came for so long that nothing will. */
export class Silent extends Error {}

export interface Http {
  /** @throws Broken, Silent */
  send(method: string, path: string, wanted?: Wanted): Promise<Answer>
  /** Lets go of all connections. */
  close(): void
}

export interface HttpOptions {
  readonly port: number
  /** Milliseconds without a byte after which an answer is given up; 10 000 if absent. */
  readonly patience?: number
}

function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    const finish = () =>
      resolve({
        status: response.statusCode as number,
        headers: response.headers,
        body: Buffer.concat(chunks),
        whole: response.complete,
      })
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', () => undefined)
    response.on('close', finish)
  })
}

function headersOf({ type, headers, body }: Wanted): Record<string, string> {
  return {
    ...headers,
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(Buffer.isBuffer(body) ? { 'content-length': String(body.length) } : {}),
  }
}

export function createHttp({ port, patience = 10_000 }: HttpOptions): Http {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  return {
    send(method, path, wanted = {}) {
      const { body } = wanted
      return new Promise((resolve, reject) => {
        const headers = headersOf(wanted)
        const sent = request({ host: '127.0.0.1', port, method, path, headers, agent })
        const fail = (error: Error) =>
          reject(
            error instanceof Silent ? error : new Broken(`${method} ${path}: ${error.message}`),
          )
        sent.setTimeout(patience, () =>
          sent.destroy(new Silent(`${method} ${path}: no answer for ${patience} ms`)),
        )
        sent.on('error', fail)
        sent.on('response', (response) => collect(response).then(resolve, fail))
        if (body === undefined || Buffer.isBuffer(body)) {
          sent.end(body)
          return
        }
        const stream = async () => {
          for (const piece of body) {
            if (sent.destroyed) return
            sent.write(piece)
            await breathe()
          }
          sent.end()
        }
        stream().catch(fail)
      })
    },
    close: () => agent.destroy(),
  }
}
