import type { FoundSecret, SecretTable } from '../../../storage/metadata/access/store.ts'
import type { Identity } from '../../access/identity.ts'
import type { SignInAttempt } from '../../access/sign-in.ts'
import { isTokenText, secretHash } from './token-text.ts'

export interface TokenSignInDeps {
  readonly secrets: Pick<SecretTable, 'find'>
  /** Notes that a secret was used. */
  readonly used: (hash: string) => void
}

/** Whose token it is, if it is one and the name given with it is right. */
export type FindToken = (
  attempt: Pick<SignInAttempt, 'name' | 'secret'>,
) => Promise<Identity | undefined>

/** The account's, or the token's own: people who copy a token often know no other. */
function isNamed({ account, token }: FoundSecret, typed: string): boolean {
  const name = typed.toLowerCase()
  return name === account.name || name === token?.toLowerCase()
}

/**
 * Personal and robot tokens in place of passwords. They are asked for each time, so that one that was
 * removed or has expired ends at once; nobody guesses 32 random bytes, so failures hold none back.
 */
export function createTokenSignIn({ secrets, used }: TokenSignInDeps): FindToken {
  return async ({ name, secret }) => {
    if (!isTokenText(secret)) return undefined
    const hash = secretHash(secret)
    const found = await secrets.find(hash)
    if (found?.kind !== 'token' || found.account.disabled || !isNamed(found, name)) return undefined
    used(hash)
    const { account, scopes, token } = found
    const identity = { account, credential: 'token', scopes, catalog: true } as const
    return token === undefined ? identity : { ...identity, token }
  }
}
