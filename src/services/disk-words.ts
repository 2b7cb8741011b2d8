import type { Space } from '../../storage/blobs/store.ts'
import { OciError } from '../oci/errors.ts'
import type { DiskFailure } from './disk-failure.ts'
import { humanBytes } from './human-bytes.ts'

/** With fewer files left than this, it is files that are missing, if there are bytes. */
const fewFiles = 16
/** Bytes with which a disk is not full to whoever makes a file. */
const someBytes = 1024 * 1024

/** An answer 507, "Insufficient Storage" (RFC 4918, section 11.5). */
export function noRoom(message: string): OciError {
  return new OciError('UNAVAILABLE', { status: 507, message })
}

function lacksFiles({ free, freeFiles }: Space): boolean {
  return freeFiles !== undefined && freeFiles < fewFiles && free >= someBytes
}

/** `space` is what is left after the one that failed has given back its own. */
function fullDisk(space: Space | undefined): OciError {
  if (space === undefined) {
    return noRoom("the registry's disk is full; free some space there, then try again")
  }
  const [free, total] = [humanBytes(space.free), humanBytes(space.total)]
  if (lacksFiles(space)) {
    return noRoom(
      `the registry's disk can take no more files: of ${space.files} only ${space.freeFiles} can still be made, although ${free} are free; remove files there, then try again`,
    )
  }
  return noRoom(
    `the registry's disk has no room for this: ${free} of ${total} are free; free some space there, then try again`,
  )
}

function usedUpQuota(space: Space | undefined): OciError {
  const rest = space === undefined ? '' : ` (the disk itself has ${humanBytes(space.free)} free)`
  return noRoom(
    `the registry's quota on its disk is used up${rest}; raise the quota or free some space, then try again`,
  )
}

/** What a failure of the disk means to a client: what is wrong, and what to do; no path, no SQL. */
export function describeFailure(failure: DiskFailure, space: Space | undefined): OciError {
  switch (failure) {
    case 'full':
      return fullDisk(space)
    case 'quota':
      return usedUpQuota(space)
    case 'read-only':
      return new OciError('UNAVAILABLE', {
        message:
          "the registry's disk is read-only: content can be pulled, and nothing stored until the disk is writable again",
      })
    case 'failing':
      return new OciError('UNAVAILABLE', {
        message:
          "the registry's disk reports errors: whoever runs the registry should check the disk, then restart the registry",
      })
    case 'too-many-files':
      return new OciError('UNAVAILABLE', {
        message: 'the registry has too many files open; try again in a moment',
        headers: { 'retry-after': '1' },
      })
  }
}
