import type { Times } from './world.ts'

/**
 * What a client that pushes was told, and when: the content may be counted on for the grace from
 * then, and for longer while uploads move without a pause of half the grace.
 */
export interface Promises {
  /** It was told at `time` that this is there. */
  hear(digest: string, time: number, how: string): void
  /** An upload moved. */
  move(time?: number): void
  /** Whether the digest had to be there until `until`. */
  cover(digest: string, until: number): boolean
  /** For whoever reads about a failure. */
  describe(digest: string, until: number): string
}

export function createPromises({ grace }: Times): Promises {
  const heard = new Map<string, { readonly time: number; readonly how: string }>()
  const moves: number[] = []

  /** Whether uploads moved from `since` on, each time before a new push would have begun. */
  function bridged(since: number, until: number): boolean {
    let last = since
    for (const move of moves.filter((time) => time >= since).sort((a, b) => a - b)) {
      if (move - last >= grace / 2) return false
      last = move
    }
    return until - last < grace
  }

  return {
    hear(digest, time, how) {
      const before = heard.get(digest)
      if (before === undefined || before.time < time) heard.set(digest, { time, how })
    },
    move(time = Date.now()) {
      moves.push(time)
    },
    cover(digest, until) {
      const since = heard.get(digest)?.time
      if (since === undefined) return false
      return until - since < grace || bridged(since, until)
    },
    describe(digest, until) {
      const { time = 0, how = 'never heard of' } = heard.get(digest) ?? {}
      const moved = moves.filter((move) => move > time).map((move) => move - time)
      return `${digest} was ${how} ${until - time} ms before; moves after ${moved.join(', ')} ms`
    },
  }
}
