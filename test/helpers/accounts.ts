import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Method } from '../../routes/api/route.ts'
import { askApi, type ProblemDocument } from './api.ts'
import type { Answer } from './client.ts'
import { startRegistry, type TestRegistry } from './registry.ts'

/** Asks below `/api/v1` as somebody. */
export type Ask = (method: Method, path: string, body?: object) => Promise<Answer>

export interface Guarded {
  readonly registry: TestRegistry
  /** Whoever can read the data directory. */
  readonly operator: Ask
  readonly nobody: Ask
  as(name: string, secret: string): Ask
}

export const password = 'correct horse battery'

/** A registry that wants to know who asks, and ways to ask it as somebody. */
export async function startGuarded(
  t: Test,
  env: Readonly<Record<string, string>> = {},
): Promise<Guarded> {
  const registry = await startRegistry(t, { env: { LAYERHOUSE_AUTH_MODE: 'users', ...env } })
  const asking = (authorization: string | undefined): Ask => {
    return (method, path, body) =>
      askApi(registry.request, method, path, {
        headers: {
          ...(authorization === undefined ? {} : { authorization }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
  }
  const secret = readFileSync(join(registry.root, 'keys', 'operator'), 'utf8')
  const basic = (name: string, pass: string) =>
    `Basic ${Buffer.from(`${name}:${pass}`).toString('base64')}`
  return {
    registry,
    operator: asking(`Bearer ${secret}`),
    nobody: asking(undefined),
    as: (name, pass) => asking(basic(name, pass)),
  }
}

/** Makes accounts with the same password. */
export async function addUsers({ operator }: Guarded, ...names: readonly string[]): Promise<void> {
  for (const name of names) await wanted(operator('POST', '/users', { name, password }))
}

export async function grant(
  { operator }: Guarded,
  grantee: string,
  actions: readonly string[],
  pattern: string,
): Promise<void> {
  await wanted(operator('PUT', '/grants', { grantee, actions, pattern }))
}

/** The answer, if it is one of success. */
export async function wanted(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked
  if (answer.status < 300) return answer
  throw new Error(`${answer.status} ${answer.text}`)
}

/** Status and code of a refusal. */
export function refusalOf(answer: Answer): readonly [status: number, code: string] {
  return [answer.status, answer.status < 300 ? 'none' : answer.json<ProblemDocument>().code]
}
