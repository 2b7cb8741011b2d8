import type { IntegrityTable } from '../../store.ts'
import type { Context } from '../context.ts'
import { createAuditedBlobs } from './blobs.ts'
import { createInspect } from './inspect.ts'
import { createAuditedManifests } from './manifests.ts'
import { createScrubRow } from './scrub.ts'

export function createIntegrity(context: Context): IntegrityTable {
  return {
    ...createAuditedBlobs(context),
    ...createAuditedManifests(context),
    ...createInspect(context),
    ...createScrubRow(context),
  }
}
