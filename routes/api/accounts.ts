import { Type } from 'typebox'
import type { AccountRecord } from '../../src/services/management/people.ts'
import { callerOf } from '../http/asker.ts'
import { accountName, optionalTime, password } from './access-fields.ts'
import { pageAnswer, readCursor } from './cursor.ts'
import { bodyOf, listOf, named, paging, substring, time, timeOf } from './fields.ts'
import { route } from './route.ts'

const user = named('User', {
  name: accountName,
  source: Type.String({ description: '`local`, or `htpasswd` for those of the file' }),
  admin: Type.Boolean(),
  disabled: Type.Boolean(),
  groups: Type.Array(Type.String()),
  createdAt: time,
  seenAt: optionalTime,
})

const parameters = Type.Object({ name: accountName })

const position = Type.Tuple([Type.String()])

function show({ name, source, admin, disabled, groups, createdAt, seenAt }: AccountRecord) {
  return {
    ...{ name, source, admin, disabled, groups, createdAt: timeOf(createdAt) },
    ...(seenAt === undefined ? {} : { seenAt: timeOf(seenAt) }),
  }
}

export const accountRoutes = [
  route({
    method: 'GET',
    path: '/users',
    id: 'listUsers',
    access: 'accounts',
    summary: 'The accounts of people, by name',
    query: Type.Object({ q: substring, ...paging }),
    answer: listOf(user),
    async handle({ query: { q, limit, cursor } }, { people }) {
      const [after] = readCursor(cursor, 'users', position) ?? []
      const { items, next } = await people.list({ contains: q, after, limit })
      const end = next === undefined ? undefined : ([next] as const)
      return pageAnswer('users', { items, next: end }, show)
    },
  }),
  route({
    method: 'POST',
    path: '/users',
    id: 'createUser',
    access: 'accounts',
    summary: 'Make an account',
    body: bodyOf('NewUser', {
      name: accountName,
      password,
      admin: Type.Optional(Type.Boolean()),
    }),
    status: 201,
    answer: user,
    errors: ['CONFLICT', 'UNAVAILABLE'],
    async handle({ body: { admin = false, ...body }, request }, { people }) {
      return show(await people.create({ ...body, admin }, callerOf(request)))
    },
  }),
  route({
    method: 'POST',
    path: '/users/import',
    id: 'importUsers',
    access: 'accounts',
    summary: 'Make an account of each user of an htpasswd file',
    body: bodyOf('HtpasswdImport', { htpasswd: Type.String({ maxLength: 1_000_000 }) }),
    answer: named('ImportedUsers', {
      created: Type.Array(Type.String()),
      taken: Type.Array(Type.String(), { description: 'names that somebody has already' }),
      problems: Type.Array(
        Type.Object({ line: Type.Integer({ minimum: 1 }), message: Type.String() }),
        { description: 'lines that are left out' },
      ),
    }),
    handle: ({ body, request }, { people }) => people.adopt(body.htpasswd, callerOf(request)),
  }),
  route({
    method: 'GET',
    path: '/users/{name}',
    id: 'getUser',
    access: 'accounts',
    summary: 'One account',
    parameters,
    answer: user,
    errors: ['NOT_FOUND'],
    handle: async ({ path }, { people }) => show(await people.find(path.name)),
  }),
  route({
    method: 'PATCH',
    path: '/users/{name}',
    id: 'changeUser',
    access: 'accounts',
    summary: 'Change an account: what is left out stays as it is',
    description:
      'A new password, disabling and another `admin` end what was signed in before. The last administrator who can sign in stays one.',
    parameters,
    body: bodyOf('UserChange', {
      password: Type.Optional(password),
      admin: Type.Optional(Type.Boolean()),
      disabled: Type.Optional(Type.Boolean()),
    }),
    answer: user,
    errors: ['NOT_FOUND', 'CONFLICT', 'UNAVAILABLE'],
    async handle({ path, body, request }, { people }) {
      return show(await people.change(path.name, body, callerOf(request)))
    },
  }),
  route({
    method: 'DELETE',
    path: '/users/{name}',
    id: 'deleteUser',
    access: 'accounts',
    summary: 'Remove an account with its grants, tokens and sessions',
    parameters,
    errors: ['NOT_FOUND', 'CONFLICT'],
    handle: ({ path, request }, { people }) => people.remove(path.name, callerOf(request)),
  }),
]
