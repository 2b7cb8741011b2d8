import type { Actor } from '../../oci/actor.ts'

/** Who moved a tag, in its history, when nobody did here since it was adopted. */
export const adopter: Actor = { client: 'adopt' }
