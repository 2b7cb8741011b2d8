import { connect, type Socket } from 'node:net'
import { type Answer, createAnswerReader } from './answers.ts'

export interface WireRequest {
  readonly method: string
  /** As it goes over the wire. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

/**
 * One TCP connection with HTTP written by hand: a client library would not send a second request
 * before the first is answered, nor break off where a test wants it.
 */
export interface Connection {
  /** Tells connections apart; the first is 1. */
  readonly id: number
  /** Writes at once, whatever is under way. `undefined`: the connection broke before the answer. */
  send(request: WireRequest): Promise<Answer | undefined>
  /** Writes all that is sent by `action` in one piece. */
  together(action: () => void): void
  /** Sends the head, which announces all of the body, and `sent` bytes of it, then breaks off. */
  breakOff(request: WireRequest & { readonly body: Buffer }, sent: number): Promise<undefined>
  close(): void
}

let connections = 0

function headOf({ method, path, headers = {}, body }: WireRequest): Buffer {
  const all = { host: 'registry', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = body || method === 'POST' ? `content-length: ${body?.length ?? 0}\r\n` : ''
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n`)
}

type Settle = (answer: Answer | undefined) => void

/** Answers go to those who wait, in order; when the connection is gone the rest gets nothing. */
function listen(socket: Socket, waiting: Settle[]) {
  const reader = createAnswerReader()
  socket.on('data', (bytes) => {
    for (const answer of reader.read(bytes)) waiting.shift()?.(answer)
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    for (const settle of waiting.splice(0)) settle(undefined)
  })
  return reader
}

export function openConnection(host: string): Promise<Connection> {
  const [address, port] = host.split(':')
  const socket = connect({ host: address as string, port: Number(port), noDelay: true })
  const waiting: Settle[] = []
  const reader = listen(socket, waiting)
  const id = ++connections
  const connection: Connection = {
    id,
    send: (request) =>
      new Promise((settle) => {
        if (socket.destroyed) return settle(undefined)
        waiting.push(settle)
        reader.expect(request.method)
        socket.write(Buffer.concat([headOf(request), request.body ?? Buffer.alloc(0)]))
      }),
    together(action) {
      socket.cork()
      action()
      socket.uncork()
    },
    breakOff: async (request, sent) => {
      const part = Buffer.concat([headOf(request), request.body.subarray(0, sent)])
      await new Promise((resolve) => socket.write(part, resolve))
      socket.destroy()
      return undefined
    },
    close: () => socket.destroy(),
  }
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(connection))
    socket.once('error', reject)
  })
}
