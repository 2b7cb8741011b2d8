import { setTimeout as sleep } from 'node:timers/promises'
import type { BlobStore, Damage } from '../../../storage/blobs/store.ts'
import type { BlobRecord } from '../../../storage/metadata/store.ts'
import { auditBlob } from './audit.ts'
import type { Quarantine } from './quarantine.ts'

export interface SuspectsDeps {
  readonly blobStore: Pick<BlobStore, 'open'>
  readonly quarantine: Quarantine
  readonly onFailure: (error: unknown) => void
  /** Milliseconds until what could not be read is tried again. */
  readonly retryAfter?: number
}

/**
 * Follows up what reads complain about: takes the blob out of use at once, reads it once more, and
 * then puts it aside for good or lets it back in. What could not be read is taken out of use only if
 * it still can't be read some seconds later: a disk may be away for a moment, with all that is on it.
 */
export interface Suspects {
  report(blob: BlobRecord, damage: Damage): void
  /** Resolves when all that was reported is settled, or given up because the registry stops. */
  settle(): Promise<void>
}

export function createSuspects(deps: SuspectsDeps): Suspects {
  const { blobStore, quarantine, onFailure, retryAfter = 5000 } = deps
  const cases = new Map<string, Promise<void>>()
  const stopping = new AbortController()

  async function follow(blob: BlobRecord, damage: Damage): Promise<void> {
    if (damage === 'unreadable') await sleep(retryAfter, undefined, stopping)
    else if (!(await quarantine.suspect(blob, damage))) return
    const verdict = await auditBlob(blobStore, blob)
    if (verdict.damage !== undefined) await quarantine.condemn(blob, verdict.damage)
    else if (damage !== 'unreadable') await quarantine.acquit(blob)
  }

  return {
    report(blob, damage) {
      if (cases.has(blob.key)) return
      const closed = follow(blob, damage)
        .catch((error) => {
          if (!stopping.signal.aborted) onFailure(error)
        })
        .finally(() => cases.delete(blob.key))
      cases.set(blob.key, closed)
    },
    async settle() {
      stopping.abort()
      while (cases.size > 0) await Promise.all(cases.values())
    },
  }
}
