/** How commands speak HTTP with a registry on this machine. */
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http'
import type { Readable } from 'node:stream'
import { connectPinned } from './connect.ts'

export interface Address {
  readonly host: string
  readonly port: number
  /** Its data directory, for messages. */
  readonly root: string
  /** What shows that the operator asks. */
  readonly secret?: string | undefined
  /** The file of the certificate that whoever answers must have; absent: plain HTTP. */
  readonly certificate?: string | undefined
}

/** As the operator. */
export function headersOf(
  secret: string | undefined,
  body?: string | undefined,
): OutgoingHttpHeaders {
  return {
    ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
}

export interface Received {
  readonly status: number
  readonly text: string
}

/** A file that comes. */
export interface Download {
  /** Bytes, if known. */
  readonly length: number | undefined
  /** Fails if the file breaks off. */
  readonly bytes: Readable
}

interface TextOrder {
  readonly method: string
  readonly path: string
  readonly body: string | undefined
}

interface FileOrder extends Omit<TextOrder, 'body'> {
  readonly file: Readable
  readonly length: number | undefined
}

function explain({ status, text }: Received): Error {
  try {
    const { detail, title } = JSON.parse(text) as { detail?: string; title?: string }
    return new Error(detail ?? title ?? `the registry answers ${status}`)
  } catch {
    return new Error(`the registry answers ${status}`)
  }
}

/** @throws Error in the registry's words if it refuses. */
export function answerOf<Answer>(received: Received): Answer {
  if (received.status >= 300) throw explain(received)
  return (received.text === '' ? undefined : JSON.parse(received.text)) as Answer
}

function notReached({ host, port, root }: Address, cause: Error): Error {
  const message = `the registry that works on ${root} is not reached at ${host}:${port} (${cause.message}); give its --host and --port`
  return new Error(message, { cause })
}

async function readText(answer: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return { status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }
}

/** Resolves with the answer, which may come before all is sent: an error after it is no error. */
async function exchange(
  { host, port, certificate }: Address,
  options: RequestOptions,
  write: (request: ClientRequest) => void,
): Promise<IncomingMessage> {
  const socket = certificate && (await connectPinned({ host, port }, certificate))
  const way = socket ? { createConnection: () => socket } : { host, port }
  return new Promise((resolve, reject) => {
    const request = httpRequest({ ...way, ...options }, resolve)
    request.on('error', reject)
    write(request)
  })
}

export async function sendText(
  address: Address,
  { method, path, body }: TextOrder,
): Promise<Received> {
  const headers = headersOf(address.secret, body)
  const answer = await exchange(address, { method, path, headers }, (request) => {
    request.end(body)
  }).catch((cause: Error) => {
    throw notReached(address, cause)
  })
  return readText(answer)
}

/** Sends a file; stops when the registry answers before all of it is sent. */
export async function sendFile(
  address: Address,
  { method, path, file, length }: FileOrder,
): Promise<Received> {
  const headers = {
    ...headersOf(address.secret),
    'content-type': 'application/x-tar',
    connection: 'close',
    ...(length === undefined ? {} : { 'content-length': length }),
  }
  let unread: Error | undefined
  try {
    const answer = await exchange(address, { method, path, headers }, (request) => {
      file.once('error', (error) => {
        unread = error
        request.destroy(error)
      })
      file.pipe(request)
    })
    file.unpipe()
    return await readText(answer)
  } catch (error) {
    throw unread ?? notReached(address, error as Error)
  } finally {
    file.destroy()
  }
}

/** @throws Error in the registry's words if it refuses. */
export async function requestFile(address: Address, path: string): Promise<Download> {
  const headers = { ...headersOf(address.secret), connection: 'close' }
  const answer = await exchange(address, { method: 'GET', path, headers }, (request) => {
    request.end()
  }).catch((cause: Error) => {
    throw notReached(address, cause)
  })
  if ((answer.statusCode ?? 0) >= 300) throw explain(await readText(answer))
  const { 'content-length': length } = answer.headers
  return { bytes: answer, length: length === undefined ? undefined : Number(length) }
}
