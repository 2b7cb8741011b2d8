import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type {
  ManifestVerdict,
  RetentionVerdicts,
  TagVerdict,
} from '../../policies/retention/model.ts'
import type { RetentionRule } from '../../policies/rules.ts'
import type { Evaluation, RulesInForce } from './evaluation.ts'
import { concernedRepositories } from './repositories.ts'

/** What becomes of a tag, or of a manifest without one. Times are milliseconds since 1970. */
export type PreviewItem = { readonly repository: RepositoryName } & (
  | TagVerdict
  | (ManifestVerdict & { readonly tag?: undefined })
)

/** Where a page ends; the next one begins after it. */
export interface PreviewPosition {
  readonly repository: RepositoryName
  readonly kind: 'tag' | 'manifest'
  /** The tag or the digest. */
  readonly name: string
}

export interface PreviewQuery {
  /** One repository, or all that a rule is about. */
  readonly repository?: RepositoryName | undefined
  /** To be tried instead of those in force. */
  readonly rules?: readonly RetentionRule[] | undefined
  /** Only what would go. */
  readonly droppedOnly?: boolean | undefined
  readonly after?: PreviewPosition | undefined
  readonly limit: number
}

/** By repository; in each the tags in byte order, then the untagged manifests by digest. */
export interface PreviewPage {
  readonly items: readonly PreviewItem[]
  readonly next: PreviewPosition | undefined
}

export interface Preview {
  /** What a run would do now, tag by tag; writes nothing. */
  preview(query: PreviewQuery): Promise<PreviewPage>
}

/** Pages of one preview are taken from what was decided at its first, for so many milliseconds. */
const rememberFor = 60_000
const rememberAtMost = 4

function positionOf(item: PreviewItem): PreviewPosition {
  const { repository, tag, digest } = item
  return tag === undefined
    ? { repository, kind: 'manifest', name: digest }
    : { repository, kind: 'tag', name: tag }
}

/** What comes after a position in its repository; all of it in another one. */
function isAfter(item: PreviewItem, after: PreviewPosition | undefined): boolean {
  if (after?.repository !== item.repository) return true
  const { kind, name } = positionOf(item)
  return kind === after.kind ? name > after.name : kind === 'manifest'
}

/** Up to `count` items that the query wants. */
function choose(
  repository: RepositoryName,
  { tags, untagged }: RetentionVerdicts,
  { after, droppedOnly = false }: PreviewQuery,
  count: number,
): readonly PreviewItem[] {
  const chosen: PreviewItem[] = []
  for (const verdict of [...tags, ...untagged]) {
    if (chosen.length >= count) break
    if (droppedOnly && verdict.keep) continue
    const item: PreviewItem = Object.assign({ repository }, verdict)
    if (isAfter(item, after)) chosen.push(item)
  }
  return chosen
}

export function createPreview(deps: {
  readonly metadata: Pick<MetadataStore, 'repositories'>
  readonly evaluation: Evaluation
}): Preview {
  const { metadata, evaluation } = deps
  const remembered = new Map<
    string,
    { readonly at: number; readonly verdicts: RetentionVerdicts }
  >()

  async function verdictsOf(
    repository: RepositoryName,
    rules: RulesInForce,
    isFirst: boolean,
  ): Promise<RetentionVerdicts> {
    const key = JSON.stringify([repository, rules])
    const known = remembered.get(key)
    if (!isFirst && known && performance.now() - known.at < rememberFor) return known.verdicts
    const verdicts = await evaluation.evaluate(repository, rules)
    remembered.delete(key)
    remembered.set(key, { at: performance.now(), verdicts })
    for (const oldest of [...remembered.keys()].slice(0, -rememberAtMost)) remembered.delete(oldest)
    return verdicts
  }

  /** The repository in which the page before ended, then the others. */
  async function* repositoriesFor(
    { repository, after }: PreviewQuery,
    rules: RulesInForce,
  ): AsyncGenerator<RepositoryName> {
    if (repository !== undefined) {
      yield repository
      return
    }
    if (after !== undefined) yield after.repository
    yield* concernedRepositories(metadata, rules, after?.repository)
  }

  return {
    async preview(query) {
      const inForce = await evaluation.rules()
      const rules = { ...inForce, retention: query.rules ?? inForce.retention }
      const limit = Math.max(1, query.limit)
      const items: PreviewItem[] = []
      for await (const repository of repositoriesFor(query, rules)) {
        const isFirst = query.after?.repository !== repository
        const verdicts = await verdictsOf(repository, rules, isFirst)
        items.push(...choose(repository, verdicts, query, limit + 1 - items.length))
        if (items.length > limit) break
      }
      const shown = items.slice(0, limit)
      const last = shown.at(-1)
      return { items: shown, next: items.length > limit && last ? positionOf(last) : undefined }
    },
  }
}
