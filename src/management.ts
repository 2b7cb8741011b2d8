/**
 * The commands' way to a registry, whether or not it runs: they speak the management API to it, or to
 * one that is composed for that and does not listen.
 */
import { request as httpRequest } from 'node:http'
import { pino } from 'pino'
import type { Config } from '../config/schema.ts'
import { DirectoryTakenError } from '../storage/lock.ts'
import { compose } from './compose.ts'
import { refuseNothing } from './refuse-nothing.ts'

type Method = 'GET' | 'POST' | 'DELETE'

export interface Management {
  /**
   * Asks below `/api/v1` and gives the answer's JSON.
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
      return JSON.parse(received.text) as Answer
    },
  }
}

/** Where a registry that listens as configured is reached from this machine. */
function addressOf({ host, port }: Config['http']) {
  const own: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  return { host: own[host] ?? host, port }
}

function overHttp(config: Config): Send {
  const { host, port } = addressOf(config.http)
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' }
      const asked = httpRequest({ host, port, method, path, headers }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
        })
      })
      asked.on('error', (cause) => {
        const message = `the registry that works on ${config.storage.root} is not reached at ${host}:${port} (${cause.message}); give its --host and --port`
        reject(new Error(message, { cause }))
      })
      asked.end(body)
    })
}

/** @throws Error if there is no registry's data, or it can't be used. */
export async function openManagement(config: Config): Promise<Management> {
  refuseNothing(config)
  try {
    const registry = await compose(config, pino({ level: 'silent' }))
    await registry.app.ready()
    const send: Send = async (method, url, payload) => {
      const headers = payload === undefined ? {} : { 'content-type': 'application/json' }
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
    return speak(overHttp(config), true, async () => undefined)
  }
}
