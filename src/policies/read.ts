import { Value } from 'typebox/value'
import { parseDuration, parseSize } from '../../config/units.ts'
import { findProblems, type Problem } from './problems.ts'
import type {
  ImmutabilityRule,
  KeepClauses,
  Policies,
  PolicyKind,
  QuotaRule,
  RetentionRule,
} from './rules.ts'
import { type Written, writtenSchemas } from './schemas.ts'

export type { Problem }

export type ReadRules<Kind extends PolicyKind> =
  | { readonly ok: true; readonly rules: Policies[Kind] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

type WrittenRule<Kind extends PolicyKind> = Written<Kind>['rules'][number]

/** Everything. */
const all = ['*']

/** The keys of `fields` that have a value, so that what is left out stays out. */
function present<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as ReturnType<typeof present<Fields>>
}

const milliseconds = (text: string | undefined) =>
  text === undefined ? undefined : parseDuration(text)

function readKeep(keep: NonNullable<WrittenRule<'retention'>['keep']>): KeepClauses {
  return present({
    last: keep.last,
    pushedWithin: milliseconds(keep.pushedWithin),
    pulledWithin: milliseconds(keep.pulledWithin),
    matching: keep.matching,
  })
}

const readers: {
  readonly [Kind in PolicyKind]: (rule: WrittenRule<Kind>) => Policies[Kind][number]
} = {
  retention: ({ name, repositories, tags = all, keep, ...rule }): RetentionRule => ({
    name,
    repositories,
    tags,
    ...present({
      keep: keep && readKeep(keep),
      dropUntaggedAfter: milliseconds(rule.dropUntaggedAfter),
      dropOlderThan: milliseconds(rule.dropOlderThan),
    }),
  }),
  immutability: ({ name, repositories, tags = all, ...rule }): ImmutabilityRule => ({
    name,
    repositories,
    tags,
    overwrite: rule.overwrite ?? false,
    delete: rule.delete ?? true,
  }),
  quota: ({ name, repositories, bytes }): QuotaRule => ({
    name,
    repositories,
    bytes: typeof bytes === 'number' ? bytes : parseSize(bytes),
  }),
}

/** Reads rules as people write them, `{rules: […]}`; whatever is wrong becomes a problem. */
export function readRules<Kind extends PolicyKind>(kind: Kind, written: unknown): ReadRules<Kind> {
  const problems = findProblems(kind, written)
  if (problems.length > 0) return { ok: false, problems }
  const { rules } = Value.Parse(writtenSchemas[kind], written) as {
    readonly rules: readonly WrittenRule<Kind>[]
  }
  return { ok: true, rules: rules.map(readers[kind]) as unknown as Policies[Kind] }
}
