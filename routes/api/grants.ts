import { Type } from 'typebox'
import { writeGrantee } from '../../src/access/names.ts'
import type { GrantRecord } from '../../src/services/management/grants.ts'
import { callerOf } from '../http/asker.ts'
import { action, actionList, grantee, pattern } from './access-fields.ts'
import { bodyOf, named, time, timeOf } from './fields.ts'
import { route } from './route.ts'

const grant = named('Grant', {
  grantee,
  pattern,
  actions: Type.Array(action),
  grantedAt: time,
  grantedBy: Type.String(),
})

function show({ grantee: to, grantedAt, ...rest }: GrantRecord) {
  return { ...rest, grantee: writeGrantee(to), grantedAt: timeOf(grantedAt) }
}

export const grantRoutes = [
  route({
    method: 'GET',
    path: '/grants',
    id: 'listGrants',
    access: 'signed-in',
    summary: 'What was granted to whom, by pattern',
    description: 'Administrators see all; others what they may change and what is about them.',
    query: Type.Object({ grantee: Type.Optional(grantee), pattern: Type.Optional(pattern) }),
    answer: Type.Object({ items: Type.Array(grant) }),
    async handle({ query, request }, { grants }) {
      return { items: (await grants.list(query, callerOf(request))).map(show) }
    },
  }),
  route({
    method: 'PUT',
    path: '/grants',
    id: 'putGrant',
    access: 'signed-in',
    summary: 'Grant actions on a pattern, in place of what was granted to the same on it',
    description:
      'For administrators, and for who has `admin` on all that the pattern matches. No actions at all take away what less specific patterns give.',
    body: bodyOf('GrantRequest', { grantee, pattern, actions: actionList }),
    errors: ['DENIED', 'NOT_FOUND'],
    handle: ({ body, request }, { grants }) => grants.put(body, callerOf(request)),
  }),
  route({
    method: 'DELETE',
    path: '/grants',
    id: 'deleteGrant',
    access: 'signed-in',
    summary: 'Take back what was granted to somebody on a pattern',
    query: Type.Object({ grantee, pattern }),
    errors: ['DENIED', 'NOT_FOUND'],
    handle: ({ query, request }, { grants }) =>
      grants.remove(query.grantee, query.pattern, callerOf(request)),
  }),
]
