import type { About } from '../../src/services/about.ts'
import type { Listing } from '../../src/services/listing/create.ts'

/** All that routes of the management API may use; each takes what it needs. */
export interface ApiServices {
  readonly about: About
  readonly listing: Listing
}
