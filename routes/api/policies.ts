import { Type } from 'typebox'
import { writtenSchemas } from '../../src/policies/schemas.ts'
import type { PolicyAnswer, PolicyKind } from '../../src/services/policies/documents.ts'
import { PolicyPutError } from '../../src/services/policies/documents.ts'
import { Problem } from '../../src/services/problem.ts'
import { actorOf } from '../http/actor.ts'
import { count, named, time, timeOf } from './fields.ts'
import { expectMatch } from './match.ts'
import { type Route, route } from './route.ts'

const about = {
  version: Type.Integer({ minimum: 0, description: 'counts the changes; 0 before the first' }),
  changedAt: Type.Optional(time),
  changedBy: Type.Optional(Type.String()),
  file: Type.Optional(
    Type.String({ description: 'where the rules come from; they can not be put then' }),
  ),
}

/** The API's words for the kinds of rules. */
const kinds = {
  retention: ['retention', 'RetentionRules', 'Rules by which tags and images are dropped'],
  immutability: ['immutability', 'ImmutabilityRules', 'Rules by which tags are not changed'],
  quota: ['quotas', 'QuotaRules', 'Rules for how much repositories may take'],
} as const satisfies Record<PolicyKind, readonly [path: string, title: string, summary: string]>

function show<Kind extends PolicyKind>(answer: PolicyAnswer<Kind>) {
  const { changedAt, changedBy, file, ...rest } = answer
  return {
    ...rest,
    ...(changedAt === undefined ? {} : { changedAt: timeOf(changedAt) }),
    ...(changedBy === undefined ? {} : { changedBy: changedBy.name ?? changedBy.client }),
    ...(file === undefined ? {} : { file }),
  }
}

function toProblem(error: unknown): unknown {
  if (!(error instanceof PolicyPutError)) return error
  const { reason, message, problems } = error
  if (reason === 'file') return new Problem('CONFLICT', { message })
  if (reason === 'version') return new Problem('PRECONDITION_FAILED', { message })
  return new Problem('INVALID_BODY', { message, params: { problems } })
}

function policyRoutesOf<Kind extends PolicyKind>(kind: Kind): readonly Route[] {
  const [path, title, summary] = kinds[kind]
  const written = writtenSchemas[kind]
  const { rules } = written.properties
  // Which rules they are depends on the kind; the compiler does not follow that through the schema.
  const answer = Type.Unsafe<unknown>(named(title, { rules, ...about }))
  return [
    route({
      method: 'GET',
      path: `/${path}`,
      id: `get${title}`,
      access: 'admin',
      summary,
      answer,
      async handle(_call, { policies }) {
        return show(await policies.get(kind))
      },
    }),
    route({
      method: 'PUT',
      path: `/${path}`,
      id: `put${title}`,
      access: 'admin',
      summary: `Replace the rules of /${path}`,
      description:
        'With `If-Match: "version"`, the version in quotes, it is refused if somebody else has changed them. The new rules hold at once.',
      body: Type.Object({ rules: Type.Array(Type.Unknown()) }, { additionalProperties: false }),
      answer,
      errors: ['CONFLICT', 'PRECONDITION_FAILED'],
      async handle({ body, request }, { policies }) {
        const { version } = await policies.get(kind)
        expectMatch(request.headers, `"${version}"`)
        try {
          return show(await policies.put(kind, body, version, actorOf(request)))
        } catch (error) {
          throw toProblem(error)
        }
      },
    }),
  ]
}

const use = named('QuotaUse', {
  rule: Type.String(),
  limit: Type.Integer({ minimum: 0, description: 'bytes' }),
  used: count,
})

export const policyRoutes: readonly Route[] = [
  ...policyRoutesOf('retention'),
  ...policyRoutesOf('immutability'),
  ...policyRoutesOf('quota'),
  route({
    method: 'GET',
    path: '/quotas/use',
    id: 'listQuotaUse',
    access: 'admin',
    summary: 'How much of each quota is used',
    answer: Type.Object({ items: Type.Array(use) }),
    handle: async (_call, { quotas }) => ({ items: await quotas.list() }),
  }),
]
