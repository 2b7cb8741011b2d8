import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { RepositoryName } from '../../oci/name.ts'
import { createDrop, type Drop } from './drop.ts'
import { createEvaluation, type PullTimes } from './evaluation.ts'
import { createPreview, type Preview } from './preview.ts'
import { createRetentionRuns, type RetentionRuns } from './run.ts'

export interface RetentionDeps {
  readonly metadata: Pick<MetadataStore, 'deletions' | 'policies' | 'repositories'>
  /** How tags and manifests are deleted; as by everybody when left out. */
  readonly drop?: Drop
  /** When tags were pulled; until that is known none is dropped for not having been. */
  readonly pulls?: PullTimes
  readonly onFailure: (repository: RepositoryName, error: unknown) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Dropping tags and untagged manifests by the rules in force. */
export type Retention = Preview & RetentionRuns

export function createRetention(deps: RetentionDeps): Retention {
  const { metadata, onFailure, drop = createDrop(metadata) } = deps
  const evaluation = createEvaluation(deps)
  return {
    ...createPreview({ metadata, evaluation }),
    ...createRetentionRuns({ metadata, evaluation, drop, onFailure }),
  }
}
