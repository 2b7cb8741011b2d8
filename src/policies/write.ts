import { formatDuration, formatSize } from '../../config/units.ts'
import type { KeepClauses, Policies, PolicyKind } from './rules.ts'
import type { Written } from './schemas.ts'

type WrittenRule<Kind extends PolicyKind> = Written<Kind>['rules'][number]

const copy = (list: readonly string[]) => [...list]

/** Left out where it says no more than leaving it out does. */
function writeTags(tags: readonly string[]): { tags?: string[] } {
  return tags.length === 1 && tags[0] === '*' ? {} : { tags: copy(tags) }
}

const duration = <Name extends string>(name: Name, value: number | undefined) =>
  (value === undefined ? {} : { [name]: formatDuration(value) }) as { [Key in Name]?: string }

function writeKeep(keep: KeepClauses | undefined): Pick<WrittenRule<'retention'>, 'keep'> {
  if (keep === undefined) return {}
  return {
    keep: {
      ...(keep.last === undefined ? {} : { last: keep.last }),
      ...duration('pushedWithin', keep.pushedWithin),
      ...duration('pulledWithin', keep.pulledWithin),
      ...(keep.matching === undefined ? {} : { matching: copy(keep.matching) }),
    },
  }
}

const writers: {
  readonly [Kind in PolicyKind]: (rule: Policies[Kind][number]) => WrittenRule<Kind>
} = {
  retention: (rule) => ({
    name: rule.name,
    repositories: copy(rule.repositories),
    ...writeTags(rule.tags),
    ...writeKeep(rule.keep),
    ...duration('dropUntaggedAfter', rule.dropUntaggedAfter),
    ...duration('dropOlderThan', rule.dropOlderThan),
  }),
  immutability: (rule) => ({
    name: rule.name,
    repositories: copy(rule.repositories),
    ...writeTags(rule.tags),
    overwrite: rule.overwrite,
    delete: rule.delete,
  }),
  quota: (rule) => {
    const size = formatSize(rule.bytes)
    const bytes = size === String(rule.bytes) ? rule.bytes : size
    return { name: rule.name, repositories: copy(rule.repositories), bytes }
  },
}

/** Rules as people write them: what `readRules` reads back into the same rules. */
export function writeRules<Kind extends PolicyKind>(
  kind: Kind,
  rules: Policies[Kind],
): Written<Kind> {
  const list = rules as readonly Policies[Kind][number][]
  return { rules: list.map(writers[kind]) } as Written<Kind>
}
