import type { Blobs } from '../blobs.ts'
import type { Uploads } from '../uploads.ts'
import type { Quotas } from './create.ts'

/** Uploads that a used-up quota refuses at their start. */
export function limitUploads(uploads: Uploads, quotas: Pick<Quotas, 'admit'>): Uploads {
  return {
    ...uploads,
    async start(repository, algorithm) {
      await quotas.admit(repository)
      return uploads.start(repository, algorithm)
    },
  }
}

/** Mounts that a used-up quota refuses, but for blobs that count for it already. */
export function limitMounts(blobs: Blobs, quotas: Pick<Quotas, 'admit'>): Blobs {
  return {
    ...blobs,
    async mount(digest, to, ...how) {
      await quotas.admit(to, digest)
      return blobs.mount(digest, to, ...how)
    },
  }
}
