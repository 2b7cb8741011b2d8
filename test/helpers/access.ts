import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Action } from '../../src/access/actions.ts'
import type { Grantee } from '../../src/access/book.ts'
import type { Scope } from '../../src/access/identity.ts'
import { secretHash } from '../../src/services/sign-in/token-text.ts'
import { openSqlite } from '../../storage/metadata/sqlite/open.ts'
import type { MetadataStore } from '../../storage/metadata/store.ts'
import { type Client, createClient, type Wanted } from './client.ts'
import { startRegistry, type TestRegistry, type TestRegistryOptions } from './registry.ts'

/** `pattern → actions`. */
export type Grants = Readonly<Record<string, readonly Action[]>>

/** Somebody with a token that lets them do all they may. */
export interface Member {
  readonly name: string
  /** Of the personal or robot token. */
  readonly secret: string
  /** `Authorization` with name and token. */
  readonly basic: string
}

/** A registry whose clients have to sign in, and what its administrator would do. */
export interface GuardedRegistry extends TestRegistry {
  readonly tables: Pick<MetadataStore, 'access' | 'secrets' | 'activity'>
  grant(grantee: Grantee, grants: Grants): Promise<void>
  person(name: string, options?: { admin?: boolean; grants?: Grants }): Promise<Member>
  /** A token of a person's that allows less than the person may. */
  personalToken(account: string, scopes: readonly Scope[] | undefined): Promise<Member>
  robot(name: string, scopes: readonly Scope[]): Promise<Member>
  /** A client that sends this with each request. */
  as(authorization: string | undefined): Client
  /** A signed token from `/token`, as `Authorization` has it. */
  bearer(authorization: string | undefined, ...scopes: readonly string[]): Promise<string>
}

export function basicOf(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`
}

function newSecret(): string {
  return `lht_${randomBytes(32).toString('base64url')}`
}

/** A client with a header of its own. */
export function clientAs(port: number, authorization: string | undefined): Client {
  const client = createClient(port)
  const headers = authorization === undefined ? {} : { authorization }
  const send = (method: string, path: string, wanted: Wanted = {}) =>
    client(method, path, { ...wanted, headers: { ...headers, ...wanted.headers } })
  return Object.assign(send, { port })
}

export async function startGuarded(
  t: Test,
  { env = {}, ...options }: TestRegistryOptions = {},
): Promise<GuardedRegistry> {
  const registry = await startRegistry(t, {
    ...options,
    env: { LAYERHOUSE_AUTH_MODE: 'users', ...env },
  })
  const tables = openSqlite({ file: join(registry.root, 'metadata.db') })
  t.teardown(() => tables.close())
  const { access, secrets } = tables

  async function addToken(
    account: string,
    robot: boolean,
    scopes: readonly Scope[] | undefined,
  ): Promise<Member> {
    const secret = newSecret()
    const name = robot ? account : `t${randomBytes(4).toString('hex')}`
    const token = { account, name, robot, scopes, hash: secretHash(secret), createdBy: 'test' }
    if (!(await secrets.createToken(token))) throw new Error(`no token for ${account}`)
    return { name: account, secret, basic: basicOf(account, secret) }
  }

  async function grant(grantee: Grantee, grants: Grants): Promise<void> {
    for (const [pattern, actions] of Object.entries(grants)) {
      if (!(await access.grant({ grantee, pattern, actions }, 'test'))) throw new Error(pattern)
    }
  }

  return {
    ...registry,
    tables,
    grant,
    async person(name, { admin = false, grants = {} } = {}) {
      const made = await access.createAccount({ name, kind: 'person', source: 'local', admin })
      if (!made) throw new Error(`no account ${name}`)
      await grant({ kind: 'account', name }, grants)
      return addToken(name, false, undefined)
    },
    personalToken: (account, scopes) => addToken(account, false, scopes),
    robot: (name, scopes) => addToken(name, true, scopes),
    as: (authorization) => clientAs(registry.port, authorization),
    async bearer(authorization, ...scopes) {
      const query = new URLSearchParams(scopes.map((scope): [string, string] => ['scope', scope]))
      const answer = await clientAs(registry.port, authorization)('GET', `/token?${query}`)
      if (answer.status !== 200) throw new Error(`/token: ${answer.status} ${answer.text}`)
      return `Bearer ${answer.json<{ token: string }>().token}`
    },
  }
}
