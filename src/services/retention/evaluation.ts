import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Digest } from '../../oci/digest.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { Tag } from '../../oci/reference.ts'
import { rulesFor } from '../../policies/patterns.ts'
import { type Decisions, prepareRetention } from '../../policies/retention/evaluate.ts'
import type {
  RetentionVerdicts,
  TagVerdict,
  TimedTag,
  UntaggedManifest,
} from '../../policies/retention/model.ts'
import type { ImmutabilityRule, RetentionRule } from '../../policies/rules.ts'

/** When tags were pulled, where that is written down. */
export interface PullTimes {
  /** Since when, milliseconds since 1970; `undefined` while it is not. */
  since(): Promise<number | undefined>
  /** The last pull of each tag that was pulled since then. */
  lastOf(repository: RepositoryName, tags: readonly Tag[]): Promise<ReadonlyMap<Tag, number>>
}

export interface EvaluationDeps {
  readonly metadata: Pick<MetadataStore, 'policies'>
  /** Without it every tag counts as pulled just now. */
  readonly pulls?: PullTimes | undefined
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** The rules that decide. */
export interface RulesInForce {
  readonly retention: readonly RetentionRule[]
  readonly immutability: readonly ImmutabilityRule[]
}

/** Reads one repository and decides about it; writes nothing. */
export interface Evaluation {
  rules(): Promise<RulesInForce>
  /** What becomes of each tag, and of each untagged manifest where a rule is about those. */
  evaluate(repository: RepositoryName, rules: RulesInForce): Promise<RetentionVerdicts>
}

/** Rows in one read: a millisecond or two, then others have their turn. */
const pageSize = 1000

/** Others have their turn between: a repository may have a hundred thousand tags. */
async function decideInTurns(decisions: Decisions): Promise<RetentionVerdicts> {
  const tags: TagVerdict[] = []
  for (let at = 0; at < decisions.tags.length; at += pageSize) {
    for (const tag of decisions.tags.slice(at, at + pageSize)) tags.push(decisions.decide(tag))
    await nextTurn()
  }
  return { tags, untagged: decisions.untagged() }
}

export function createEvaluation({ metadata, pulls, now = Date.now }: EvaluationDeps): Evaluation {
  const { policies } = metadata

  async function readTags(repository: RepositoryName): Promise<readonly TimedTag[]> {
    const all: TimedTag[] = []
    let after: string | undefined = ''
    while (after !== undefined) {
      const page: readonly TimedTag[] = await policies.tags(repository, { after, limit: pageSize })
      const names = page.map(({ tag }) => tag)
      const pulled = await pulls?.lastOf(repository, names)
      for (const tag of page) all.push({ ...tag, pulledAt: pulled?.get(tag.tag) })
      after = page.length === pageSize ? names.at(-1) : undefined
      await nextTurn()
    }
    return all
  }

  async function readUntagged(repository: RepositoryName): Promise<readonly UntaggedManifest[]> {
    const all: UntaggedManifest[] = []
    let after: Digest | undefined
    do {
      const { items, next } = await policies.untagged(repository, { after, limit: pageSize })
      all.push(...items)
      after = next
      await nextTurn()
    } while (after !== undefined)
    return all
  }

  return {
    async rules() {
      const retention = (await policies.get('retention'))?.rules ?? []
      const immutability = (await policies.get('immutability'))?.rules ?? []
      return { retention, immutability }
    },
    async evaluate(repository, { retention, immutability }) {
      const rules = rulesFor(retention, repository)
      const dropsUntagged = rules.some((rule) => rule.dropUntaggedAfter !== undefined)
      const tags = await readTags(repository)
      const untagged = dropsUntagged ? await readUntagged(repository) : []
      const given = { repository, rules, immutability, tags, untagged }
      const pullsSince = await pulls?.since()
      return decideInTurns(prepareRetention({ ...given, now: now(), pullsSince }))
    },
  }
}
