import { Type } from 'typebox'
import { callerOf } from '../http/asker.ts'
import { accountName } from './access-fields.ts'
import { named } from './fields.ts'
import { route } from './route.ts'

const groupName = Type.String({
  minLength: 1,
  maxLength: 65,
  description: 'the name of a group, with or without `@`',
})

const member = Type.Object({ name: groupName, account: accountName })

export const groupRoutes = [
  route({
    method: 'GET',
    path: '/groups',
    id: 'listGroups',
    access: 'accounts',
    summary: 'Groups and their members, by name',
    answer: Type.Object({
      items: Type.Array(
        named('Group', { name: Type.String(), members: Type.Array(Type.String()) }),
      ),
    }),
    handle: async (_call, { groups }) => ({ items: await groups.list() }),
  }),
  route({
    method: 'PUT',
    path: '/groups/{name}/members/{account}',
    id: 'addGroupMember',
    access: 'accounts',
    summary: 'Put a user into a group, which is made if need be',
    parameters: member,
    errors: ['NOT_FOUND', 'CONFLICT'],
    handle: ({ path, request }, { groups }) =>
      groups.add(path.name, path.account, callerOf(request)),
  }),
  route({
    method: 'DELETE',
    path: '/groups/{name}/members/{account}',
    id: 'removeGroupMember',
    access: 'accounts',
    summary: 'Take a user out of a group',
    parameters: member,
    errors: ['NOT_FOUND'],
    handle: ({ path, request }, { groups }) =>
      groups.remove(path.name, path.account, callerOf(request)),
  }),
  route({
    method: 'DELETE',
    path: '/groups/{name}',
    id: 'deleteGroup',
    access: 'accounts',
    summary: 'Remove a group with all that was granted to it',
    parameters: Type.Object({ name: groupName }),
    errors: ['NOT_FOUND'],
    handle: ({ path, request }, { groups }) => groups.drop(path.name, callerOf(request)),
  }),
]
