import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http'
import type { Readable } from 'node:stream'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** The body as text. */
  readonly text: string
  /** The body as JSON; throws if it isn't. */
  json<T = unknown>(): T
}

export interface Wanted {
  readonly headers?: Readonly<OutgoingHttpHeaders>
  /** A stream goes in chunks, without a length. */
  readonly body?: Buffer | string | Readable
}

/** Sends paths as they are: nothing is escaped, resolved or followed on the way. */
export interface Client {
  (method: string, path: string, wanted?: Wanted): Promise<Answer>
  readonly port: number
}

function send(port: number, method: string, path: string, wanted: Wanted): Promise<Answer> {
  const { headers = {}, body } = wanted
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: { ...headers } })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const whole = Buffer.concat(chunks)
        resolve({
          status: response.statusCode as number,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          body: whole,
          text: whole.toString(),
          json: <T>() => JSON.parse(whole.toString()) as T,
        })
      })
    })
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) request.end(body)
    else body.pipe(request)
  })
}

export function createClient(port: number): Client {
  return Object.assign(
    (method: string, path: string, wanted: Wanted = {}) => send(port, method, path, wanted),
    { port },
  )
}

/** The codes of an error answer, in order. */
export function codesOf(answer: Answer): readonly string[] {
  return answer.json<{ errors: readonly { code: string }[] }>().errors.map(({ code }) => code)
}
