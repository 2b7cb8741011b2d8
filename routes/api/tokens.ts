import { Type } from 'typebox'
import type { MadeToken, TokenRecord } from '../../src/services/management/tokens.ts'
import { callerOf } from '../http/asker.ts'
import { accountName, expiresAt, millisecondsOf, optionalTime, scope } from './access-fields.ts'
import { bodyOf, named, time, timeOf } from './fields.ts'
import { route } from './route.ts'

const facts = {
  account: Type.String({ description: 'what it signs in as' }),
  name: Type.String(),
  robot: Type.Boolean({ description: 'whether the account is there for it alone' }),
  scopes: Type.Optional(Type.Array(scope, { description: 'absent: all that its account may do' })),
  createdAt: time,
  createdBy: Type.String(),
  expiresAt: optionalTime,
  usedAt: optionalTime,
  overlapUntil: Type.Optional(
    Type.String({ format: 'date-time', description: 'until then the secret before is taken, too' }),
  ),
}

const token = named('Token', facts)

const made = named('MadeToken', {
  ...facts,
  secret: Type.String({ description: 'shown this once: the password of `docker login`' }),
})

const parameters = Type.Object({ account: accountName, name: accountName })

function timesOf(times: Readonly<Record<string, number | undefined>>) {
  const given = Object.entries(times).filter((entry): entry is [string, number] => {
    return entry[1] !== undefined
  })
  return Object.fromEntries(given.map(([name, at]) => [name, timeOf(at)]))
}

function show(record: TokenRecord) {
  const { createdAt, expiresAt: end, usedAt, overlapUntil, ...rest } = record
  const times = timesOf({ expiresAt: end, usedAt, overlapUntil })
  return { ...rest, createdAt: timeOf(createdAt), ...times }
}

function showMade({ token: record, secret }: MadeToken) {
  return { ...show(record), secret }
}

export const tokenRoutes = [
  route({
    method: 'GET',
    path: '/tokens',
    id: 'listTokens',
    access: 'signed-in',
    summary: 'Tokens, by account and name: of all, or those the caller may change',
    query: Type.Object({ account: Type.Optional(accountName) }),
    answer: Type.Object({ items: Type.Array(token) }),
    async handle({ query, request }, { tokens }) {
      return { items: (await tokens.list(query.account, callerOf(request))).map(show) }
    },
  }),
  route({
    method: 'POST',
    path: '/tokens',
    id: 'createToken',
    access: 'signed-in',
    summary: 'Make a token of a robot, or a personal one',
    description:
      'With `account` a personal token, which may at most what its account may do at the time. Without it a robot of that name is made, which may do what `scopes` say: for administrators, and for who has `admin` on all of its patterns.',
    body: bodyOf('NewToken', {
      account: Type.Optional(accountName),
      name: accountName,
      scopes: Type.Optional(Type.Array(scope, { minItems: 1, maxItems: 100 })),
      expiresAt,
    }),
    status: 201,
    secret: true,
    answer: made,
    errors: ['DENIED', 'NOT_FOUND', 'CONFLICT'],
    async handle({ body: { expiresAt: end, ...body }, request }, { tokens }) {
      const wish = { ...body, expiresAt: millisecondsOf(end) }
      return showMade(await tokens.create(wish, callerOf(request)))
    },
  }),
  route({
    method: 'POST',
    path: '/tokens/{account}/{name}/rotate',
    id: 'rotateToken',
    access: 'signed-in',
    summary: 'A new secret for a token',
    parameters,
    body: bodyOf('TokenRotation', {
      overlap: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 30 * 86_400,
          description: 'seconds for which the secret before is taken, too; 0 if it is left out',
        }),
      ),
      expiresAt,
    }),
    secret: true,
    answer: made,
    errors: ['DENIED', 'NOT_FOUND'],
    async handle({ path, body: { overlap = 0, expiresAt: end }, request }, { tokens }) {
      const rotation = { overlap, expiresAt: millisecondsOf(end) }
      return showMade(await tokens.rotate(path.account, path.name, rotation, callerOf(request)))
    },
  }),
  route({
    method: 'DELETE',
    path: '/tokens/{account}/{name}',
    id: 'deleteToken',
    access: 'signed-in',
    summary: 'Remove a token, and the robot whose it is',
    description: "With a token that is limited to `scopes`, of one's own tokens that one alone.",
    parameters,
    errors: ['DENIED', 'NOT_FOUND'],
    handle: ({ path, request }, { tokens }) =>
      tokens.remove(path.account, path.name, callerOf(request)),
  }),
]
