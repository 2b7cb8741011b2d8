import { Type } from 'typebox'
import { writeGrantee } from '../../src/access/names.ts'
import type { Caller } from '../../src/services/management/caller.ts'
import { callerOf } from '../http/asker.ts'
import { accountName, action, grantee, password, pattern, scope } from './access-fields.ts'
import { bodyOf, named, oneOf, repository } from './fields.ts'
import { route } from './route.ts'
import type { KeeperServices } from './services.ts'

const credentials = [
  'none',
  'password',
  'token',
  'bearer',
  'session',
  'certificate',
  'operator',
] as const

const self = named('Self', {
  name: Type.Optional(Type.String({ description: 'absent where nobody has to say who they are' })),
  credential: oneOf(credentials, { description: 'how that was shown' }),
  admin: Type.Boolean({ description: 'whether they may do everything' }),
  groups: Type.Array(Type.String()),
  scopes: Type.Optional(
    Type.Array(scope, { description: 'what was signed in with allows no more than this' }),
  ),
  grants: Type.Array(Type.Object({ grantee, pattern, actions: Type.Array(action) }), {
    description: 'what was granted to them, to their groups, and to everybody',
  }),
})

/** What was granted to the caller, by whichever name. */
async function grantsTo(caller: Caller, groups: readonly string[], { grants }: KeeperServices) {
  const { account } = caller.identity
  const names = new Set([
    'anonymous',
    ...(account ? ['users', account.name] : []),
    ...groups.map((name) => writeGrantee({ kind: 'group', name })),
  ])
  const all = await grants.list({}, caller)
  return all
    .map((each) => ({ ...each, grantee: writeGrantee(each.grantee) }))
    .filter((each) => names.has(each.grantee))
    .map(({ grantee: to, pattern: of, actions }) => ({ grantee: to, pattern: of, actions }))
}

async function describe(caller: Caller, services: KeeperServices) {
  const { identity, rights } = caller
  const { credential, account, scopes } = identity
  const groups = (await services.permissions.self(caller))?.groups ?? []
  return {
    ...(account ? { name: account.name } : {}),
    credential,
    admin: rights.isAdmin(identity),
    groups,
    ...(scopes ? { scopes } : {}),
    grants: await grantsTo(caller, groups, services),
  }
}

export const accessRoutes = [
  route({
    method: 'GET',
    path: '/me',
    id: 'getSelf',
    access: 'signed-in',
    summary: 'Who asks, and what was granted to them',
    secret: true,
    answer: self,
    handle: ({ request }, services) => describe(callerOf(request), services),
  }),
  route({
    method: 'PATCH',
    path: '/me',
    id: 'changeSelf',
    access: 'signed-in',
    summary: "Change one's own password",
    description: 'Ends what was signed in with the old one, sessions of browsers, too.',
    body: bodyOf('SelfChange', { oldPassword: password, password }),
    errors: ['DENIED', 'CONFLICT', 'TOOMANYREQUESTS', 'UNAVAILABLE'],
    handle: ({ body, request }, { people }) =>
      people.changeOwnPassword(body.oldPassword, body.password, callerOf(request)),
  }),
  route({
    method: 'GET',
    path: '/access',
    id: 'testAccess',
    access: 'signed-in',
    summary: 'Whether somebody may do something, and which rule decides that',
    description: 'For administrators; others ask about themselves.',
    query: Type.Object({ user: accountName, action, repo: repository }),
    answer: named('Decision', { allowed: Type.Boolean(), rule: Type.String() }),
    errors: ['DENIED', 'NOT_FOUND'],
    handle: ({ query: { user, action: what, repo }, request }, { permissions }) =>
      permissions.test({ user, action: what, repository: repo }, callerOf(request)),
  }),
]
