import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { SignInOutcome } from '../../src/access/sign-in.ts'
import { OciError } from '../../src/oci/errors.ts'
import { throttled, wrongField } from '../../src/services/management/refusals.ts'
import { Problem } from '../../src/services/problem.ts'
import type { Session, Sessions } from '../../src/services/sessions/create.ts'
import type { SetUpOutcome } from '../../src/services/set-up/create.ts'
import { endOfCookie, readSessionCookie, sessionCookie } from '../http/cookie.ts'
import { accountName, optionalTime, password } from './access-fields.ts'
import { bodyOf, named, timeOf } from './fields.ts'
import { route } from './route.ts'

const session = named('Session', {
  signedIn: Type.Boolean(),
  name: Type.Optional(Type.String()),
  admin: Type.Optional(Type.Boolean()),
  csrfToken: Type.Optional(
    Type.String({ description: 'to be sent as X-CSRF-Token with each change' }),
  ),
  endsAt: optionalTime,
})

function show({ identity: { account }, csrfToken, endsAt }: Session) {
  return {
    ...{ signedIn: true, csrfToken, endsAt: timeOf(endsAt) },
    ...(account ? { name: account.name, admin: account.admin } : {}),
  }
}

function wrongPassword(): Problem {
  return new Problem('WRONG_PASSWORD')
}

function identityOf(outcome: SignInOutcome) {
  if ('identity' in outcome) return outcome.identity
  throw outcome.refused === 'throttled' ? throttled(outcome.retryAfterSeconds) : wrongPassword()
}

function wanted(sessions: Sessions | undefined): Sessions {
  if (sessions) return sessions
  throw new Problem('CONFLICT', { message: 'nobody has to sign in here (auth.mode)' })
}

function cookieOf(request: FastifyRequest): string | undefined {
  return readSessionCookie(request, request.headers.cookie)
}

function accountOf(outcome: SetUpOutcome) {
  if ('account' in outcome) return outcome.account
  switch (outcome.refused) {
    case 'throttled':
      throw throttled(outcome.retryAfterSeconds)
    case 'invalid':
      throw wrongField(outcome.field, outcome.problem)
    case 'closed':
      throw new Problem('CONFLICT', { message: 'the registry is set up already' })
    default:
      throw new OciError('DENIED', {
        message: 'that is not the set-up code; the registry prints it when it starts',
      })
  }
}

export const sessionRoutes = [
  route({
    method: 'GET',
    path: '/session',
    id: 'getSession',
    access: 'open',
    summary: 'Whether the browser is signed in, and as whom',
    secret: true,
    answer: session,
    async handle({ request }, { sessions }) {
      const secret = cookieOf(request)
      const found = secret === undefined ? undefined : await sessions?.find(secret)
      return found ? show(found) : { signedIn: false }
    },
  }),
  route({
    method: 'POST',
    path: '/session',
    id: 'createSession',
    access: 'open',
    summary: 'Sign a browser in',
    body: bodyOf('SignIn', { name: accountName, password }),
    status: 201,
    secret: true,
    answer: session,
    errors: ['WRONG_PASSWORD', 'CONFLICT', 'TOOMANYREQUESTS'],
    async handle({ body: { name, password: secret }, request, reply }, { sessions, signIn }) {
      const open = wanted(sessions)
      const { ip: client, headers } = request
      const attempt = { name, secret, client, agent: headers['user-agent'] }
      const made = await open.create(identityOf(await signIn.check(attempt)))
      if (!made) throw wrongPassword()
      const seconds = (made.endsAt - Date.now()) / 1000
      reply.header('set-cookie', sessionCookie(request, made.secret, seconds))
      return show(made)
    },
  }),
  route({
    method: 'DELETE',
    path: '/session',
    id: 'deleteSession',
    access: 'open',
    summary: 'Sign the browser out',
    async handle({ request, reply }, { sessions }) {
      const secret = cookieOf(request)
      if (secret !== undefined) await sessions?.end(secret)
      reply.header('set-cookie', endOfCookie(request))
    },
  }),
  route({
    method: 'POST',
    path: '/setup',
    id: 'setUp',
    access: 'open',
    summary: 'Make the first administrator, with the code the registry prints when it starts',
    body: bodyOf('SetUp', {
      code: Type.String({ minLength: 1, maxLength: 100 }),
      name: accountName,
      password,
    }),
    status: 201,
    answer: named('SetUpResult', { name: Type.String() }),
    errors: ['DENIED', 'CONFLICT', 'TOOMANYREQUESTS', 'UNAVAILABLE'],
    async handle({ body, request }, { setUp }) {
      const { ip: client, headers } = request
      const claim = { ...body, client, agent: headers['user-agent'] }
      const outcome = (await setUp?.claim(claim)) ?? ({ refused: 'closed' } as const)
      return { name: accountOf(outcome).name }
    },
  }),
]
