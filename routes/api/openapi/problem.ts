import { Type } from 'typebox'
import { named } from '../fields.ts'

/** RFC 9457, with what is ours: `code`, `params` and `requestId`. */
export const problem = named('Problem', {
  type: Type.String({ description: 'always `about:blank`: `code` says what it is' }),
  title: Type.String({ description: 'the status in words' }),
  status: Type.Integer(),
  code: Type.String({ description: 'what clients switch on, such as `INVALID_PARAMETER`' }),
  detail: Type.String({ description: 'for a person: what is wrong and what would be right' }),
  params: Type.Record(Type.String(), Type.Unknown(), {
    description: 'what `detail` is made of, for machines',
  }),
  requestId: Type.String({ description: 'as in the log of the registry' }),
})
