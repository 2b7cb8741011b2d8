import { Type } from 'typebox'
import { readRules } from '../../src/policies/read.ts'
import { Problem } from '../../src/services/problem.ts'
import type { PreviewItem } from '../../src/services/retention/preview.ts'
import { pageAnswer, readCursor } from './cursor.ts'
import {
  bodyOf,
  digest,
  listOf,
  named,
  oneOf,
  paging,
  repository,
  tag,
  time,
  timeOf,
} from './fields.ts'
import { route } from './route.ts'

const verdict = named('RetentionVerdict', {
  repo: repository,
  tag: Type.Optional(tag),
  digest,
  pushedAt: Type.Optional(time),
  pulledAt: Type.Optional(time),
  untaggedSince: Type.Optional(time),
  keep: Type.Boolean(),
  rule: Type.Optional(Type.String({ description: 'the rule that keeps or drops it' })),
  why: Type.String(),
})

const position = Type.Tuple([repository, oneOf(['tag', 'manifest']), Type.String()])

function show(item: PreviewItem) {
  const { repository: repo, digest: of, keep, rule, why } = item
  const shown = { repo, digest: of, keep, why, ...(rule === undefined ? {} : { rule }) }
  if (item.tag === undefined) return { ...shown, untaggedSince: timeOf(item.since) }
  const { pushedAt, pulledAt } = item
  return {
    ...shown,
    tag: item.tag,
    pushedAt: timeOf(pushedAt),
    ...(pulledAt === undefined ? {} : { pulledAt: timeOf(pulledAt) }),
  }
}

/** Rules to be tried. @throws Problem INVALID_BODY */
function readTried(rules: readonly unknown[] | undefined) {
  if (rules === undefined) return undefined
  const read = readRules('retention', { rules })
  if (read.ok) return read.rules
  const message = read.problems.map((problem) => problem.message).join('; ')
  throw new Problem('INVALID_BODY', { message, params: { problems: read.problems } })
}

export const retentionRoutes = [
  route({
    method: 'POST',
    path: '/retention/preview',
    id: 'previewRetention',
    access: 'admin',
    summary: 'Each tag with the rule that keeps or drops it',
    description:
      'What a run would do now, by the rules in force or by those given; nothing is changed. All repositories that a rule is about, or one.',
    body: bodyOf('RetentionPreview', {
      repo: Type.Optional(repository),
      rules: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 200 })),
      droppedOnly: Type.Optional(Type.Boolean()),
      limit: Type.Optional(paging.limit),
      cursor: paging.cursor,
    }),
    answer: listOf(verdict),
    async handle({ body: { repo, rules, droppedOnly, limit = 50, cursor } }, { retention }) {
      const at = readCursor(cursor, 'retention', position)
      const after = at && { repository: at[0], kind: at[1], name: at[2] }
      const tried = readTried(rules)
      const query = { repository: repo, rules: tried, droppedOnly, after, limit }
      const { items, next } = await retention.preview(query)
      const end = next && ([next.repository, next.kind, next.name] as const)
      return pageAnswer('retention', { items, next: end }, show)
    },
  }),
]
