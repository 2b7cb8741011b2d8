import { createHash } from 'node:crypto'
import type {
  AccountRecord,
  NewAccount,
  NewToken,
} from '../../../../storage/metadata/access/store.ts'
import type { MetadataStore } from '../../../../storage/metadata/store.ts'

export const passwordHash = '$scrypt$of$nothing'

export function person(name: string, rest: Partial<NewAccount> = {}): NewAccount {
  return { name, kind: 'person', source: 'local', admin: false, passwordHash, ...rest }
}

/** Makes an account that must not be there yet. */
export async function make(
  store: MetadataStore,
  name: string,
  rest: Partial<NewAccount> = {},
): Promise<AccountRecord> {
  const made = await store.access.createAccount(person(name, rest))
  if (made === undefined) throw new Error(`the name ${name} is taken`)
  return made
}

/** What is stored of a secret. */
export function hashed(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

export function token(account: string, name: string, rest: Partial<NewToken> = {}): NewToken {
  const hash = hashed(`${account}/${name}`)
  return { account, name, robot: false, scopes: undefined, hash, createdBy: 'ann', ...rest }
}

export const scopes = [{ pattern: 'team/**', actions: ['pull'] }] as const

export function robot(name: string, rest: Partial<NewToken> = {}): NewToken {
  return token(name, name, { robot: true, scopes, ...rest })
}
