import type { About } from '../../src/services/about.ts'

/** All that routes of the management API may use; each takes what it needs. */
export interface ApiServices {
  readonly about: About
}
