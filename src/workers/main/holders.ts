import type { UploadId } from '../../../storage/blobs/store.ts'
import type { UploadTurns } from '../../services/upload-turns.ts'

/** Uploads to remember; the one that was written to longest ago goes first. */
const limit = 8192

/** Which process last wrote to an upload, and so carries its hash. */
export interface Holders<Holder> {
  set(upload: UploadId, holder: Holder): void
  get(upload: UploadId): Holder | undefined
}

export function createHolders<Holder>(): Holders<Holder> {
  const holders = new Map<UploadId, Holder>()
  return {
    set(upload, holder) {
      holders.delete(upload)
      holders.set(upload, holder)
      const [oldest] = holders.keys()
      if (holders.size > limit && oldest !== undefined) holders.delete(oldest)
    },
    get: (upload) => holders.get(upload),
  }
}

/** The same turns; tells of each upload that a body is read for. */
export function noteBodies(turns: UploadTurns, onBody: (upload: UploadId) => void): UploadTurns {
  return {
    ...turns,
    take(id, work, body) {
      if (!body) return turns.take(id, work)
      const noted = () => {
        onBody(id)
        return work()
      }
      return turns.take(id, noted, body)
    },
  }
}
