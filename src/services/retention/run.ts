import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Actor } from '../../oci/actor.ts'
import type { RepositoryName } from '../../oci/name.ts'
import type { DecidedTag, Drop } from './drop.ts'
import type { Evaluation, RulesInForce } from './evaluation.ts'
import { concernedRepositories } from './repositories.ts'

/** What a run did. */
export interface RetentionReport {
  /** Repositories that a rule is about. */
  readonly repositories: number
  /** Looked at. */
  readonly tags: number
  readonly droppedTags: number
  /** Manifests without a tag. */
  readonly droppedManifests: number
  /** Repositories in which something failed; the rest of each waits for the next run. */
  readonly failed: number
  /** Milliseconds. */
  readonly duration: number
}

export interface RetentionRuns {
  /**
   * Drops what the rules in force say, in small steps. One run at a time: whoever asks during one
   * gets its report. `signal` ends it after the present step.
   */
  run(signal?: AbortSignal): Promise<RetentionReport>
}

export interface RunDeps {
  readonly metadata: Pick<MetadataStore, 'repositories'>
  readonly evaluation: Evaluation
  readonly drop: Drop
  /** Told of a repository in which something failed. */
  readonly onFailure: (repository: RepositoryName, error: unknown) => void
}

const actor: Actor = { client: 'retention' }

/** Deleted in one step. */
const stepSize = 100

type Counts = { -readonly [Name in keyof RetentionReport]: RetentionReport[Name] }

export function createRetentionRuns({
  metadata,
  evaluation,
  drop,
  onFailure,
}: RunDeps): RetentionRuns {
  let underWay: Promise<RetentionReport> | undefined

  async function inSteps<Item>(
    items: readonly Item[],
    signal: AbortSignal | undefined,
    step: (items: readonly Item[]) => Promise<number>,
  ): Promise<number> {
    let gone = 0
    for (let at = 0; at < items.length && !signal?.aborted; at += stepSize) {
      gone += await step(items.slice(at, at + stepSize))
    }
    return gone
  }

  async function runOne(
    repository: RepositoryName,
    rules: RulesInForce,
    counts: Counts,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { tags, untagged } = await evaluation.evaluate(repository, rules)
    counts.repositories += 1
    counts.tags += tags.length
    const going: readonly DecidedTag[] = tags.filter(({ keep }) => !keep)
    counts.droppedTags += await inSteps(going, signal, (step) => drop.tags(repository, step, actor))
    const digests = untagged.filter(({ keep }) => !keep).map(({ digest }) => digest)
    counts.droppedManifests += await inSteps(digests, signal, (step) =>
      drop.manifests(repository, step, actor),
    )
  }

  async function runAll(signal: AbortSignal | undefined): Promise<RetentionReport> {
    const begun = performance.now()
    const rules = await evaluation.rules()
    const none = { repositories: 0, tags: 0, droppedTags: 0, droppedManifests: 0, failed: 0 }
    const counts: Counts = { ...none, duration: 0 }
    for await (const repository of concernedRepositories(metadata, rules)) {
      if (signal?.aborted) break
      try {
        await runOne(repository, rules, counts, signal)
      } catch (error) {
        counts.failed += 1
        onFailure(repository, error)
      }
    }
    return { ...counts, duration: Math.round(performance.now() - begun) }
  }

  return {
    run(signal) {
      underWay ??= runAll(signal).finally(() => {
        underWay = undefined
      })
      return underWay
    },
  }
}
