import { Type } from 'typebox'
import { actions } from '../../src/access/actions.ts'
import { bodyOf, oneOf, time } from './fields.ts'

/** Schemas of accounts and rights. */

export const action = oneOf(actions)

/** The case of what is typed does not matter. */
export const accountName = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'the name of an account: letters, digits and . _ @ + -, lower-cased',
})

export const grantee = Type.String({
  minLength: 1,
  maxLength: 65,
  description: 'a user, `@group`, `users` for who has signed in, or `anonymous` for everybody',
})

export const pattern = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'of repositories: `team/app`, `team/*` or `team/**`',
})

export const actionList = Type.Array(action, { maxItems: 5, uniqueItems: true })

/** Never shown again, and never in an answer but of what it signs in to. */
export const password = Type.String({ minLength: 1, maxLength: 1024, description: 'a password' })

export const scope = bodyOf('Scope', { pattern, actions: actionList })

export const expiresAt = Type.Optional(
  Type.String({ format: 'date-time', description: 'when it ends; without it, it does not' }),
)

/** Milliseconds since 1970 of a time of a request. */
export function millisecondsOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text)
}

export const optionalTime = Type.Optional(time)
