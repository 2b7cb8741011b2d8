import type { MetadataStore } from '../../../storage/metadata/store.ts'
import { createListFacts, type ListFacts } from './facts.ts'
import { createListManifests, type ListManifests } from './manifests.ts'
import { createResolveImage, type ResolveImage } from './resolve.ts'
import { createListTags, type ListTags } from './tags.ts'

/** What there is, for people to look at: lists with the facts one asks next. */
export interface Listing extends ListTags, ListManifests, ListFacts, ResolveImage {}

export function createListing({
  metadata,
}: {
  readonly metadata: Pick<MetadataStore, 'listing' | 'manifests' | 'pulls'>
}): Listing {
  return {
    ...createListTags(metadata),
    ...createListManifests(metadata),
    ...createListFacts(metadata),
    ...createResolveImage(metadata),
  }
}
