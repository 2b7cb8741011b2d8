import type { UploadId } from '../../../storage/blobs/store.ts'
import type { CallsOfAll } from '../protocol.ts'
import { createHolders } from './holders.ts'

/** A process of the registry, as the others see it. */
export type Member = CallsOfAll

/** The processes of one registry, and what they tell each other. */
export interface Members {
  add(member: Member): void
  remove(member: Member): void
  /** Remembers which process last wrote to an upload, and so carries its hash. */
  holds(member: Member, upload: UploadId): void
  /** What one of them asks for and tells reaches those it concerns. */
  from(asker: Member): CallsOfAll
  /** Tells one that has just begun to listen what it must know. */
  brief(member: Member): void
}

export function createMembers(): Members {
  const members = new Set<Member>()
  const holders = createHolders<Member>()
  let lost: string | undefined

  function others(asker: Member): readonly Member[] {
    return [...members].filter((member) => member !== asker)
  }

  return {
    add: (member) => void members.add(member),
    remove: (member) => void members.delete(member),
    holds(member, upload) {
      if (members.size > 1) holders.set(upload, member)
    },
    brief(member) {
      if (lost !== undefined) member.distrust(lost)
    },
    from: (asker) => ({
      async takeHash(upload, algorithm, size) {
        const holder = holders.get(upload)
        if (holder === undefined || holder === asker) return undefined
        // It may end just now; then the content is read again.
        return holder.takeHash(upload, algorithm, size).catch(() => undefined)
      },
      distrust(message) {
        lost = message
        for (const member of others(asker)) member.distrust(message)
      },
      learn(key, version) {
        for (const member of others(asker)) member.learn(key, version)
      },
    }),
  }
}
