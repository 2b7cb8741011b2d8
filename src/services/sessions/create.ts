import type { FoundSecret, SecretTable } from '../../../storage/metadata/access/store.ts'
import type { Identity } from '../../access/identity.ts'
import { createRecent } from '../sign-in/recent.ts'
import { secretHash } from '../sign-in/token-text.ts'
import { csrfTokenOf, isSessionSecret, newSessionSecret } from './secret.ts'

/** Browsers that are signed in. */
export interface Sessions {
  /**
   * A new session of somebody who has just shown who they are; never one that was there before.
   * `undefined` if their account was changed since.
   */
  create(identity: Identity): Promise<NewSession | undefined>
  /** Whose session it is. It ends half an hour after it was last asked for. */
  find(secret: string): Promise<Session | undefined>
  /** It is void at once, in each process. */
  end(secret: string): Promise<void>
}

export interface Session {
  readonly identity: Identity
  /** To be sent with each change, see `csrfTokenOf`. */
  readonly csrfToken: string
  /** Milliseconds since 1970: when it ends, however much it is used. */
  readonly endsAt: number
}

export interface NewSession extends Session {
  /** For the cookie, and for nothing else. */
  readonly secret: string
}

export interface SessionDeps {
  readonly secrets: Pick<SecretTable, 'create' | 'find' | 'used' | 'remove'>
  /** Milliseconds that a session lasts at most. */
  readonly lifetime: number
  readonly onFailure: (error: unknown) => void
  readonly now?: () => number
}

/** Milliseconds. */
const idle = 30 * 60_000
/** A session that is used all the time is written down once in so many milliseconds. */
const renewEvery = 60_000
const capacity = 10_000

function identityOf({ account, scopes, token }: FoundSecret): Identity {
  const identity = { account, credential: 'session', scopes, catalog: true } as const
  return token === undefined ? identity : { ...identity, token }
}

export function createSessions(deps: SessionDeps): Sessions {
  const { secrets, lifetime, onFailure, now = Date.now } = deps
  const renewed = createRecent({ interval: renewEvery, clock: now, capacity })

  function renew(hash: string, endsAt: number): void {
    if (!renewed.first(hash)) return
    const at = now()
    const expiresAt = Math.min(at + idle, endsAt)
    secrets.used([{ hash, at, expiresAt }]).catch(onFailure)
  }

  return {
    async create(identity) {
      const { account, token } = identity
      if (account === undefined) return undefined
      const secret = newSessionSecret()
      const at = now()
      const endsAt = at + lifetime
      const made = await secrets.create({
        kind: 'session',
        hash: secretHash(secret),
        account: account.name,
        epoch: account.epoch,
        token,
        expiresAt: Math.min(at + idle, endsAt),
      })
      if (!made) return undefined
      const own = { ...identity, credential: 'session' } as const
      return { secret, identity: own, csrfToken: csrfTokenOf(secret), endsAt }
    },
    async find(secret) {
      if (!isSessionSecret(secret)) return undefined
      const hash = secretHash(secret)
      const found = await secrets.find(hash)
      if (found?.kind !== 'session') return undefined
      // The setting may have been shortened since.
      const endsAt = found.createdAt + lifetime
      if (endsAt <= now()) return undefined
      renew(hash, endsAt)
      return { identity: identityOf(found), csrfToken: csrfTokenOf(secret), endsAt }
    },
    async end(secret) {
      if (isSessionSecret(secret)) await secrets.remove(secretHash(secret))
    },
  }
}
