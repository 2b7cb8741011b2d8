import type { Damage } from '../../../storage/blobs/store.ts'
import type { AuditedManifest } from '../../../storage/metadata/store.ts'
import { algorithmOf, digestOf } from '../../oci/digest.ts'

/** What is wrong with a manifest's stored bytes, if anything. */
export function auditManifest({ digest, size, body }: AuditedManifest): Damage | undefined {
  if (body === undefined) return 'missing'
  if (body.length !== size) return 'wrong size'
  return digestOf(body, algorithmOf(digest)) === digest ? undefined : 'wrong content'
}
