import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createRights, openRights } from '../access/decide.ts'
import { anonymous, type Identity } from '../access/identity.ts'
import type { Rights } from '../access/rights.ts'
import type { SignInOutcome } from '../access/sign-in.ts'
import { OciError } from '../oci/errors.ts'
import type { Access } from '../services/access/access.ts'
import type { SignIn } from '../services/sign-in/sign-in.ts'
import type { BearerTokens } from '../services/tokens/bearer.ts'
import type { Challenge } from './challenge.ts'
import { type Credentials, readCredentials } from './credentials.ts'
import { createTurns } from './turns.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. */
    identity: Identity
    /** What everybody may do, as it was when the request began. */
    rights: Rights
  }
}

export interface AuthenticationDeps {
  /** As it is now. Where it rejects nobody is let in. */
  readonly access: Access
  readonly signIn: SignIn
  readonly bearer: Pick<BearerTokens, 'verify'>
  /** The name that goes with a personal or robot token, which is sent as `Bearer` without one. */
  readonly nameOf: (token: string) => Promise<string | undefined>
  /** Whether a secret is the one in the data directory. */
  readonly isOperator: (secret: string) => boolean
  /** By a cookie, where cookies count. */
  readonly session?: (request: FastifyRequest) => Promise<Identity | undefined> | undefined
  readonly challenge: Challenge
  /** What the request needs, for the challenge. */
  readonly scopeOf: (request: FastifyRequest) => string | undefined
}

/** For probes, and for clients that ask what this is: nobody has to say who they are. */
const open: ReadonlySet<string | undefined> = new Set([
  '/',
  '/ca.crt',
  '/healthz',
  '/readyz',
  '/v1/_ping',
])

/** Probes are told nothing that depends on rights. */
const noRights = createRights(
  { version: 0, accounts: [], tokens: new Map(), groups: new Map(), grants: [] },
  { anonymousPull: [], htpasswdActions: [] },
)

const operator: Identity = { ...anonymous, credential: 'operator' }

/** Nobody is asked who they are; the command line says it, for what it alone may do. */
export function installNoAuthentication(
  app: FastifyInstance,
  { isOperator }: Pick<AuthenticationDeps, 'isOperator'>,
): void {
  app.decorateRequest('rights', { getter: () => openRights })
  app.decorateRequest('identity', {
    getter(this: FastifyRequest) {
      const [, secret] = /^bearer (lho_.*)$/i.exec(this.headers.authorization ?? '') ?? []
      return secret !== undefined && isOperator(secret) ? operator : anonymous
    },
  })
}

function tooMany(retryAfterSeconds: number): OciError {
  return new OciError('TOOMANYREQUESTS', {
    message: `too many failed attempts to sign in; try again in ${retryAfterSeconds} s`,
    headers: { 'retry-after': String(retryAfterSeconds) },
  })
}

/** How a refusal is told. */
function createRefusals({ challenge, scopeOf }: Pick<AuthenticationDeps, 'challenge' | 'scopeOf'>) {
  function unauthorized(request: FastifyRequest, message: string, tokenSent = false): OciError {
    const headers =
      request.routeOptions.url === '/token'
        ? { 'www-authenticate': 'Basic realm="registry"' }
        : challenge(request, {
            scope: scopeOf(request),
            error: tokenSent ? 'invalid_token' : undefined,
          })
    return new OciError('UNAUTHORIZED', { message, headers })
  }
  return {
    unauthorized,
    /** @throws OciError if nobody is signed in by that. */
    identityOf(outcome: SignInOutcome, request: FastifyRequest, tokenSent: boolean): Identity {
      if ('identity' in outcome) return outcome.identity
      if (outcome.refused === 'throttled') throw tooMany(outcome.retryAfterSeconds)
      const what = tokenSent ? 'the token is not valid' : 'the name or the password is wrong'
      throw unauthorized(request, what, tokenSent)
    },
  }
}

/** Finds out who asks. What the functions throw is the answer. */
function createIdentify(deps: AuthenticationDeps) {
  const { signIn, bearer, nameOf, isOperator, session } = deps
  const { unauthorized, identityOf } = createRefusals(deps)

  function check(name: string, secret: string, { ip: client, headers }: FastifyRequest) {
    return signIn.check({ name, secret, client, agent: headers['user-agent'] })
  }

  async function byToken(
    token: string,
    request: FastifyRequest,
    { accountOf }: Rights,
  ): Promise<Identity> {
    if (token.startsWith('lht_')) {
      return identityOf(await check((await nameOf(token)) ?? '', token, request), request, true)
    }
    if (token.startsWith('lho_') && isOperator(token)) return operator
    const verified = await bearer.verify(token, accountOf)
    if (verified) return verified
    throw unauthorized(request, 'the token is not valid, or not any more', true)
  }

  return {
    /** At once where a signed token was verified before. */
    known(credentials: Credentials, { accountOf }: Rights): Identity | undefined {
      if (credentials.kind !== 'bearer' || /^lh[a-z]_/.test(credentials.token)) return undefined
      const verified = bearer.verify(credentials.token, accountOf)
      if (!(verified instanceof Promise)) return verified
      // It is asked for again, and its failure told then; here it must not count as unhandled.
      verified.catch(() => undefined)
      return undefined
    },
    async find(
      credentials: Credentials,
      request: FastifyRequest,
      rights: Rights,
    ): Promise<Identity> {
      switch (credentials.kind) {
        case 'none':
          return (await session?.(request)) ?? anonymous
        case 'bearer':
          return byToken(credentials.token, request, rights)
        case 'basic': {
          const { name, secret } = credentials
          return identityOf(await check(name, secret, request), request, false)
        }
        default:
          throw unauthorized(request, 'the Authorization header can not be read')
      }
    },
  }
}

/**
 * Before anything else is done for a request it is known who asks, or it is refused: what was sent
 * and is wrong never counts as nothing. What they may do is judged where it is known what they want.
 */
export function installAuthentication(app: FastifyInstance, deps: AuthenticationDeps): void {
  app.decorateRequest('identity')
  app.decorateRequest('rights')
  const { access } = deps
  const { known, find } = createIdentify(deps)
  const inTurn = createTurns()

  async function authenticate(request: FastifyRequest): Promise<void> {
    const credentials = readCredentials(request.headers.authorization)
    const rights = await access.rights()
    request.identity = known(credentials, rights) ?? (await find(credentials, request, rights))
    // A password takes a while to check.
    request.rights = credentials.kind === 'basic' ? await access.rights() : rights
  }

  app.addHook('onRequest', (request, _reply, done) => {
    if (open.has(request.routeOptions.url)) {
      request.identity = anonymous
      request.rights = noRights
      done()
      return
    }
    inTurn(request.raw.socket, authenticate(request), done)
  })
}
