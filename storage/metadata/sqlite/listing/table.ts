import type { ListingTable } from '../../listing/store.ts'
import type { Context } from '../context.ts'
import { createListedFacts } from './facts.ts'
import { createListedLayers } from './layers.ts'
import { createListedManifests } from './manifests.ts'
import { createListedRepository } from './repository.ts'
import { createListedTags } from './tags.ts'

export function createListing(context: Context): ListingTable {
  return {
    ...createListedTags(context),
    ...createListedManifests(context),
    ...createListedFacts(context),
    ...createListedRepository(context),
    ...createListedLayers(context),
  }
}
