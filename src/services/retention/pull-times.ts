import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { PullTimes } from './evaluation.ts'

/** When tags were pulled, as it is counted. */
export function createPullTimes({ pulls }: Pick<MetadataStore, 'pulls'>): PullTimes {
  return {
    since: pulls.countedSince,
    async lastOf(repository, tags) {
      const counts = await pulls.ofTags(repository, tags)
      return new Map([...counts].map(([tag, { lastPulledAt }]) => [tag, lastPulledAt]))
    },
  }
}
