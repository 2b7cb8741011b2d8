/**
 * The commands' way to a registry, whether or not it runs: they speak the management API to it, or to
 * one that is composed for that and does not listen.
 */
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http'
import { pino } from 'pino'
import type { Config } from '../config/schema.ts'
import { DirectoryTakenError } from '../storage/lock.ts'
import { openOperatorStore } from '../storage/open.ts'
import { compose } from './compose.ts'
import { addressOf, openRequest } from './connect.ts'
import { refuseNothing } from './refuse-nothing.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Management {
  /**
   * Asks below `/api/v1` as the operator and gives the answer's JSON, `undefined` if it has none.
   * @throws Error in the registry's words if it refuses, or if it can't be reached.
   */
  ask<Answer>(method: Method, path: string, body?: object): Promise<Answer>
  /** Whether a running registry is asked. */
  readonly running: boolean
  close(): Promise<void>
}

interface Received {
  readonly status: number
  readonly text: string
}

type Send = (method: Method, path: string, body: string | undefined) => Promise<Received>

function explain({ status, text }: Received): Error {
  try {
    const { detail, title } = JSON.parse(text) as { detail?: string; title?: string }
    return new Error(detail ?? title ?? `the registry answers ${status}`)
  } catch {
    return new Error(`the registry answers ${status}`)
  }
}

function speak(send: Send, running: boolean, close: () => Promise<void>): Management {
  return {
    running,
    close,
    async ask<Answer>(method: Method, path: string, body?: object) {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const received = await send(method, `/api/v1${path}`, text)
      if (received.status >= 300) throw explain(received)
      return (received.text === '' ? undefined : JSON.parse(received.text)) as Answer
    },
  }
}

/** @throws Error that says what to do, if somebody else's registry is asked. */
async function readSecret({ storage: { root } }: Config): Promise<string | undefined> {
  try {
    return await openOperatorStore(root).read()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `a registry works on ${root}, and what shows it who asks can't be read (${why}); run this as the user the registry runs as`
    throw new Error(message, { cause })
  }
}

function headersOf(secret: string | undefined, body: string | undefined): OutgoingHttpHeaders {
  return {
    connection: 'close',
    ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  }
}

function receive(asked: ClientRequest, body: string | undefined): Promise<Received> {
  return new Promise((resolve, reject) => {
    asked.on('error', reject)
    asked.on('response', (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
      })
    })
    asked.end(body)
  })
}

async function overHttp(config: Config): Promise<Send> {
  const secret = await readSecret(config)
  const { host, port } = addressOf(config.http)
  return async (method, path, body) => {
    try {
      const headers = headersOf(secret, body)
      return await receive(await openRequest(config, { method, path, headers }), body)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      const message = `the registry that works on ${config.storage.root} is not reached at ${host}:${port} (${why}); give its --host and --port`
      throw new Error(message, { cause })
    }
  }
}

/** @throws Error if there is no registry's data, or it can't be used. */
export async function openManagement(config: Config): Promise<Management> {
  refuseNothing(config)
  try {
    const registry = await compose(config, pino({ level: 'silent' }))
    await registry.app.ready()
    const send: Send = async (method, url, payload) => {
      const headers = headersOf(registry.operator.secret, payload)
      const answer = await registry.app.inject({
        method,
        url,
        headers,
        ...(payload ? { payload } : {}),
      })
      return { status: answer.statusCode, text: answer.payload }
    }
    return speak(send, false, () => registry.app.close().then(registry.close))
  } catch (error) {
    if (!(error instanceof DirectoryTakenError)) throw error
    return speak(await overHttp(config), true, async () => undefined)
  }
}
