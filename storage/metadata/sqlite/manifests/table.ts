import type { ManifestTable } from '../../store.ts'
import type { Context } from '../context.ts'
import { createFind } from './find.ts'
import { createPut, type PutParts } from './put.ts'
import { createReferrers } from './referrers.ts'
import { createRemove } from './remove.ts'

export function createManifests(context: Context, parts: PutParts): ManifestTable {
  return {
    ...createFind(context),
    ...createPut(context, parts),
    ...createRemove(context, parts),
    ...createReferrers(context),
  }
}
