import type { BlobStore, Damage } from '../../../storage/blobs/store.ts'
import type { BlobRecord } from '../../../storage/metadata/store.ts'
import { auditBlob } from './audit.ts'
import type { Quarantine } from './quarantine.ts'

export interface SuspectsDeps {
  readonly blobStore: Pick<BlobStore, 'open'>
  readonly quarantine: Quarantine
  readonly onFailure: (error: unknown) => void
}

/**
 * Follows up what reads complain about: takes the blob out of use at once, reads it once more, and
 * then puts it aside for good or lets it back in.
 */
export interface Suspects {
  report(blob: BlobRecord, damage: Damage): void
  /** Resolves when all that was reported is settled. */
  settle(): Promise<void>
}

export function createSuspects({ blobStore, quarantine, onFailure }: SuspectsDeps): Suspects {
  const cases = new Map<string, Promise<void>>()

  async function follow(blob: BlobRecord, damage: Damage): Promise<void> {
    if (!(await quarantine.suspect(blob, damage))) return
    const verdict = await auditBlob(blobStore, blob)
    if (verdict.damage === undefined) await quarantine.acquit(blob)
    else await quarantine.condemn(blob, verdict.damage)
  }

  return {
    report(blob, damage) {
      if (cases.has(blob.key)) return
      const closed = follow(blob, damage)
        .catch(onFailure)
        .finally(() => cases.delete(blob.key))
      cases.set(blob.key, closed)
    },
    async settle() {
      while (cases.size > 0) await Promise.all(cases.values())
    },
  }
}
