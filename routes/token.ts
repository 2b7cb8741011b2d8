import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Identity } from '../src/access/identity.ts'
import { OciError } from '../src/oci/errors.ts'
import type { SignIn } from '../src/services/sign-in/sign-in.ts'
import type { BearerTokens } from '../src/services/tokens/bearer.ts'
import type { RefreshTokens } from '../src/services/tokens/refresh.ts'
import { formatGrant, grantOf, parseScopes } from '../src/services/tokens/wanted.ts'
import { readBody } from './http/body.ts'
import { queryOf } from './http/query.ts'
import { sendJson } from './http/send-whole.ts'

export interface TokenOptions {
  readonly bearer: Pick<BearerTokens, 'sign'>
  readonly refresh: RefreshTokens
  readonly signIn: SignIn
}

/** Bytes of a form. */
const maxForm = 64 * 1024

function wrong(message: string): OciError {
  return new OciError('UNAUTHORIZED', {
    message,
    headers: { 'www-authenticate': 'Basic realm="registry"' },
  })
}

function unreadable(message: string): OciError {
  return new OciError('UNSUPPORTED', { status: 400, message })
}

/** Whoever has a signed token may not get another with it: then it would never end. */
function refuseBearer({ identity }: FastifyRequest): void {
  if (identity.credential === 'bearer' || identity.credential === 'operator') {
    throw wrong('sign in with a password or a token of your account')
  }
}

async function readForm(request: FastifyRequest, reply: FastifyReply): Promise<URLSearchParams> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
    throw unreadable('a form is wanted here: application/x-www-form-urlencoded')
  }
  return new URLSearchParams((await readBody(request, reply, maxForm)).toString())
}

/** Whether a refresh token is wanted, too. */
function isOffline(asked: URLSearchParams): boolean {
  return asked.get('offline_token') === 'true' || asked.get('access_type') === 'offline'
}

function createAnswers({ bearer, refresh, signIn }: TokenOptions) {
  /** What a client asks for in its query or form, given to whoever it is. */
  async function answer(
    { identity, rights }: { identity: Identity; rights: FastifyRequest['rights'] },
    asked: URLSearchParams,
    refreshToken: string | undefined,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const grant = grantOf(parseScopes(asked.getAll('scope')), identity, rights)
    const { token, expiresIn, issuedAt } = await bearer.sign(identity, grant)
    reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
    return sendJson(
      reply,
      {
        token,
        access_token: token,
        expires_in: expiresIn,
        issued_at: issuedAt.toISOString(),
        scope: formatGrant(grant),
        refresh_token: refreshToken,
      },
      'application/json',
    )
  }

  async function byPassword(form: URLSearchParams, request: FastifyRequest): Promise<Identity> {
    const { ip: client, headers } = request
    const name = form.get('username') ?? ''
    const secret = form.get('password') ?? ''
    const outcome = await signIn.check({ name, secret, client, agent: headers['user-agent'] })
    if ('identity' in outcome) return outcome.identity
    if (outcome.refused === 'wrong') throw wrong('the name or the password is wrong')
    const { retryAfterSeconds } = outcome
    throw new OciError('TOOMANYREQUESTS', {
      message: `too many failed attempts to sign in; try again in ${retryAfterSeconds} s`,
      headers: { 'retry-after': String(retryAfterSeconds) },
    })
  }

  async function byRefreshToken(text: string): Promise<Identity> {
    const identity = await refresh.use(text)
    if (identity) return identity
    throw wrong('the refresh token is not valid, or not any more; sign in again')
  }

  return {
    /** Docker's form: the query asks, `Authorization` says who. */
    async get(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      refuseBearer(request)
      const { identity } = request
      const query = queryOf(request.raw.url as string)
      const refreshToken = isOffline(query) ? await refresh.create(identity) : undefined
      return answer(request, query, refreshToken, reply)
    },
    /** OAuth 2 (RFC 6749 §4.3, §6). */
    async post(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      refuseBearer(request)
      const form = await readForm(request, reply)
      const { rights } = request
      const offline = isOffline(form)
      switch (form.get('grant_type')) {
        case 'password': {
          const identity = await byPassword(form, request)
          const made = offline ? await refresh.create(identity) : undefined
          return answer({ identity, rights }, form, made, reply)
        }
        case 'refresh_token': {
          const text = form.get('refresh_token') ?? ''
          const identity = await byRefreshToken(text)
          return answer({ identity, rights }, form, offline ? text : undefined, reply)
        }
        default:
          throw unreadable('grant_type is password or refresh_token')
      }
    },
  }
}

/** `/token`: where clients change what they sign in with for a short-lived signed token. */
export function tokenRoutes(app: FastifyInstance, options: TokenOptions, done: () => void): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload))
  const { get, post } = createAnswers(options)
  app.route({ method: 'GET', url: '/token', handler: get })
  app.route({ method: 'POST', url: '/token', handler: post })
  done()
}
