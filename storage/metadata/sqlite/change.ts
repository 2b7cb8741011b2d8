import type { Actor } from '../../../src/oci/actor.ts'

/** Why rows of tags and manifests change: written down with each of them. */
export interface Change {
  readonly by: Actor
  /** The row of the deletion this is part of. */
  readonly deletion?: number | undefined
  /** False: no tag may point elsewhere than before, see `PutOptions`. */
  readonly mayOverwrite?: boolean | undefined
  /** It can't be undone, so that the space comes back soon. */
  readonly purge?: boolean
}

/** For who changes something without having been asked by a client. */
export const nobody: Actor = { client: '' }
