import type { Socket } from 'node:net'
import { type ErrorCode, type ErrorEntry, errorTable } from '../../oci/errors.ts'

/** Milliseconds for a client to read the answer and go. */
const lingerFor = 3000

const code: ErrorCode = 'UNSUPPORTED'
const entry: ErrorEntry = {
  code,
  message: `${errorTable[code][1]}: this port speaks HTTPS, and the request came as plain HTTP; use https:// (a client that was told to use plain HTTP, by insecure-registries, plain-http or tls-verify=false, is to be told to trust the registry's certificate instead)`,
}
const body = JSON.stringify({ errors: [entry] })
const answer = [
  'HTTP/1.1 400 Bad Request',
  'content-type: application/json',
  `content-length: ${Buffer.byteLength(body)}`,
  'cache-control: no-store',
  'x-content-type-options: nosniff',
  'connection: close',
  '',
  body,
].join('\r\n')

/** Whether bytes may be the beginning of a request: a method in capital letters. */
export function looksPlain(first: number): boolean {
  return first >= 0x41 && first <= 0x5a
}

/** Answers a request that nobody will read further, so that the client sees the answer and no reset. */
export function answerPlain(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), lingerFor)
  socket.once('close', () => clearTimeout(timer))
  socket.once('end', () => socket.destroy())
  socket.resume()
  socket.end(answer)
}
