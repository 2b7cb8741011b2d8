import { randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { Identity } from '../../access/identity.ts'
import type { AccountOf, BearerTokens } from './bearer.ts'
import { type Claims, identityOf, readClaims, writeClaims } from './claims.ts'
import { algorithm } from './key-ring.ts'
import type { Keys } from './keys.ts'

export interface BearerDeps {
  readonly keys: Keys
  /** Who the tokens are for: `aud`. */
  readonly service: string
  /** Milliseconds that a token is taken. */
  readonly lifetime: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** `iss` of all tokens. */
export const issuer = 'layerhouse'

/** Seconds that clocks may differ by. */
const leeway = 60
/** No token of ours is longer; what is may be anything. */
const longestToken = 32 * 1024
/** Tokens that are remembered. */
const mostKnown = 2000

/** What came of checking a token: the same for all who send it. */
type Checked = Promise<Claims | undefined> | Claims

/** The signature, the times, and that it is from us to us. Of the header nothing else is looked at. */
function createCheck({ keys, service, now = Date.now }: BearerDeps) {
  return async (token: string): Promise<Claims | undefined> => {
    const options = {
      algorithms: [algorithm],
      issuer,
      audience: service,
      typ: 'JWT',
      clockTolerance: leeway,
      currentDate: new Date(now()),
      requiredClaims: ['exp', 'nbf', 'sub', 'access'],
    }
    // Not a failure of the token: whoever asks must be told that the registry fails.
    let broken: unknown
    const keyOf = async ({ kid = '' }: { readonly kid?: string }) => {
      const key = await Promise.resolve(keys.verifier(kid)).catch((error: unknown) => {
        broken = error
      })
      if (!key) throw new Error('nobody has signed with this key here')
      return key
    }
    try {
      return readClaims((await jwtVerify(token, keyOf, options)).payload)
    } catch {
      if (broken !== undefined) throw broken
      return undefined
    }
  }
}

/** Remembers as many tokens as `mostKnown`, each checked once however many send it at a time. */
function createMemory(check: (token: string) => Promise<Claims | undefined>) {
  const known = new Map<string, Checked>()

  function forgetOldest(): void {
    const [oldest] = known.keys()
    if (known.size >= mostKnown && oldest !== undefined) known.delete(oldest)
  }

  return {
    forget: (token: string) => known.delete(token),
    ask(token: string): Checked {
      const found = known.get(token)
      if (found !== undefined) return found
      const checking = check(token).then(
        (claims) => {
          if (claims === undefined) known.delete(token)
          else if (known.get(token) === checking) known.set(token, claims)
          return claims
        },
        (error: unknown) => {
          known.delete(token)
          throw error
        },
      )
      forgetOldest()
      known.set(token, checking)
      return checking
    },
  }
}

/** Tokens signed and verified with the process's keys. */
export function createBearerTokens(deps: BearerDeps): BearerTokens {
  const { keys, service, lifetime, now = Date.now } = deps
  const memory = createMemory(createCheck(deps))
  const seconds = Math.floor(lifetime / 1000)

  function judge(
    token: string,
    claims: Claims | undefined,
    accountOf: AccountOf,
  ): Identity | undefined {
    if (claims === undefined) return undefined
    if (claims.exp + leeway > now() / 1000) return identityOf(claims, accountOf)
    memory.forget(token)
    return undefined
  }

  return {
    async sign(identity, grant) {
      const { kid, key } = await keys.signer()
      const issued = Math.floor(now() / 1000)
      const token = await new SignJWT(writeClaims(identity, grant))
        .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid })
        .setIssuer(issuer)
        .setAudience(service)
        .setIssuedAt(issued)
        .setNotBefore(issued)
        .setExpirationTime(issued + seconds)
        .setJti(randomUUID())
        .sign(key)
      return { token, expiresIn: seconds, issuedAt: new Date(issued * 1000) }
    },
    verify(token, accountOf) {
      if (token.length > longestToken) return undefined
      const checked = memory.ask(token)
      if (!(checked instanceof Promise)) return judge(token, checked, accountOf)
      return checked.then((claims) => judge(token, claims, accountOf))
    },
  }
}
