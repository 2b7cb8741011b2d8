import { stat } from 'node:fs/promises'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import type { BlobStore } from '../blobs/store.ts'
import { isDamage } from '../metadata/sqlite/damage.ts'
import { listSnapshots } from '../snapshots/directory.ts'
import type { Places } from './places.ts'
import { holdsBytes } from './replacement.ts'

/** A data directory whose metadata can't be used; `code` tells it from other failures. */
export class MetadataError extends Error {
  override readonly name = 'MetadataError'
  readonly code = 'METADATA_UNUSABLE'
}

const cures =
  '"layerhouse rebuild" makes the metadata anew from the newest snapshot and the blobs that are there; "layerhouse restore DIR" brings back a backup'

async function findTrace(places: Places, blobs: BlobStore): Promise<string | undefined> {
  if (await unlessAbsent(stat(places.restoreMark))) return 'a restore that was cut off'
  for await (const _ of blobs.list()) return 'blobs'
  return (await listSnapshots(places.snapshots)).length > 0 ? 'snapshots' : undefined
}

/**
 * Where a registry was, an empty one must not begin in silence. A first start that was killed has
 * made directories at most, and an empty file.
 * @throws MetadataError if there is no metadata, and something that only a registry leaves.
 */
export async function refuseLostMetadata(places: Places, blobs: BlobStore): Promise<void> {
  if (await holdsBytes(places.metadata)) return
  const trace = await findTrace(places, blobs)
  if (trace === undefined) return
  throw new MetadataError(`${places.root} holds ${trace}, but no metadata.db: ${cures}`)
}

/** What opening the metadata gives; a damaged file is named as such. */
export function openSound<Result>({ metadata }: Places, open: () => Result): Result {
  try {
    return open()
  } catch (cause) {
    if (!isDamage(cause)) throw cause
    const reason = (cause as Error).message
    throw new MetadataError(`${metadata} is damaged (${reason}): ${cures}`, { cause })
  }
}
