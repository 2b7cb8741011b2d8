/**
 * The commands' way to a registry, whether or not it runs: they speak the management API to it, or to
 * one that is composed for that and does not listen.
 */
import type { Readable } from 'node:stream'
import { pino } from 'pino'
import type { Config } from '../config/schema.ts'
import { DirectoryTakenError } from '../storage/lock.ts'
import { openOperatorStore } from '../storage/open.ts'
import { compose, type Registry } from './compose.ts'
import {
  type Address,
  answerOf,
  type Download,
  headersOf,
  type Received,
  requestFile,
  sendFile,
  sendText,
} from './management-http.ts'
import { refuseNothing } from './refuse-nothing.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type { Download } from './management-http.ts'

export interface Management {
  /**
   * Asks below `/api/v1` as the operator and gives the answer's JSON, `undefined` if it has none.
   * @throws Error in the registry's words if it refuses, or if it can't be reached.
   */
  ask<Answer>(method: Method, path: string, body?: object): Promise<Answer>
  /**
   * Sends a file to a path below `/api/v1` and gives the answer's JSON.
   * @param length bytes, if known.
   * @throws as `ask`, also if the registry refuses before all is sent.
   */
  send<Answer>(path: string, file: Readable, length?: number): Promise<Answer>
  /** Asks for a file; its stream fails if it breaks off. @throws as `ask` */
  download(path: string): Promise<Download>
  /** Whether a running registry is asked. */
  readonly running: boolean
  close(): Promise<void>
}

type Send = (method: Method, path: string, body: string | undefined) => Promise<Received>

/** A way to a registry: small questions, and where files are sent to. */
interface Way {
  readonly running: boolean
  readonly send: Send
  readonly address: () => Promise<Address>
  readonly close: () => Promise<void>
}

function speak({ running, send, address, close }: Way): Management {
  return {
    running,
    close,
    async ask<Answer>(method: Method, path: string, body?: object) {
      const text = body === undefined ? undefined : JSON.stringify(body)
      return answerOf<Answer>(await send(method, `${base}${path}`, text))
    },
    async send<Answer>(path: string, file: Readable, length?: number) {
      const order = { method: 'POST', path: `${base}${path}`, file, length }
      return answerOf<Answer>(await sendFile(await address(), order))
    },
    download: async (path) => requestFile(await address(), `${base}${path}`),
  }
}

const base = '/api/v1'

/** @throws Error that says what to do, if somebody else's registry is asked. */
async function readSecret(root: string): Promise<string | undefined> {
  try {
    return await openOperatorStore(root).read()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `a registry works on ${root}, and what shows it who asks can't be read (${why}); run this as the user the registry runs as`
    throw new Error(message, { cause })
  }
}

/** Where a registry that listens as configured is reached from this machine. */
async function addressOf({ http, storage: { root }, tls }: Config): Promise<Address> {
  const own: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  const { certificate } = tls
  const secret = await readSecret(root)
  return { host: own[http.host] ?? http.host, port: http.port, root, secret, certificate }
}

async function overHttp(config: Config): Promise<Way> {
  const address = await addressOf(config)
  return {
    running: true,
    address: async () => address,
    send: (method, path, body) => sendText(address, { method, path, body }),
    close: async () => undefined,
  }
}

/** Files go over a socket of this machine that only this process knows of, and is gone with it. */
function inProcess(config: Config, { app, close, operator: { secret } }: Registry): Way {
  let listening: Promise<Address> | undefined
  async function listen(): Promise<Address> {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const place = app.server.address()
    const port = typeof place === 'object' && place ? place.port : 0
    return { host: '127.0.0.1', port, root: config.storage.root, secret }
  }
  return {
    running: false,
    address: () => {
      listening ??= listen()
      return listening
    },
    async send(method, url, payload) {
      const headers = headersOf(secret, payload)
      const answer = await app.inject({ method, url, headers, ...(payload ? { payload } : {}) })
      return { status: answer.statusCode, text: answer.payload }
    },
    close: () => app.close().then(close),
  }
}

/** @throws Error if there is no registry's data, or it can't be used. */
export async function openManagement(config: Config): Promise<Management> {
  refuseNothing(config)
  try {
    const registry = await compose(config, pino({ level: 'silent' }))
    await registry.app.ready()
    return speak(inProcess(config, registry))
  } catch (error) {
    if (!(error instanceof DirectoryTakenError)) throw error
    return speak(await overHttp(config))
  }
}
