import type { GarbageTable } from '../../../storage/metadata/garbage/store.ts'

/**
 * Looks through all blobs, a page after each collection, for those that nothing holds and the
 * collector does not know of. There can be none; if there are, they are collected and told.
 */
export interface Audit {
  continue(): Promise<void>
}

const pageSize = 2000

export function createAudit(
  garbage: Pick<GarbageTable, 'audit'>,
  onLost: (blobs: number) => void,
): Audit {
  let after = 0
  return {
    async continue() {
      const { found, next } = await garbage.audit(after, pageSize)
      after = next ?? 0
      if (found > 0) onLost(found)
    },
  }
}
