import type { MetadataStore, ScrubPosition } from '../../../storage/metadata/store.ts'

export interface ScrubProgressDeps {
  readonly metadata: Pick<MetadataStore, 'integrity'>
  /** Milliseconds from the start of one round to that of the next; 0 begins none. */
  readonly interval: number
  readonly now: () => number
}

/** Which round of the background check is under way, kept across restarts. */
export interface ScrubProgress {
  /** The round that was begun, or a new one if it is time; `undefined` while there is none. */
  current(): Promise<ScrubPosition | undefined>
  remember(position: ScrubPosition): Promise<void>
  /** The same, but only now and then: after a crash a little is checked twice. */
  rememberNowAndThen(position: ScrubPosition): Promise<void>
  finish(position: ScrubPosition): Promise<void>
}

const rememberEvery = 30_000

function isUnderWay({ startedAt, finishedAt }: ScrubPosition): boolean {
  return finishedAt === undefined || startedAt > finishedAt
}

export function createScrubProgress({ metadata, interval, now }: ScrubProgressDeps): ScrubProgress {
  const { integrity } = metadata
  let rememberedAt = performance.now()

  async function remember(position: ScrubPosition): Promise<void> {
    rememberedAt = performance.now()
    await integrity.rememberScrub(position)
  }

  return {
    async current() {
      const last = await integrity.scrubPosition()
      if (last && isUnderWay(last)) return last
      if (interval === 0 || (last && now() < last.startedAt + interval)) return undefined
      const finishedAt = last?.finishedAt
      return { after: undefined, startedAt: Math.max(now(), (finishedAt ?? 0) + 1), finishedAt }
    },
    remember,
    async rememberNowAndThen(position) {
      if (performance.now() - rememberedAt > rememberEvery) await remember(position)
    },
    finish({ startedAt }) {
      return remember({ after: undefined, startedAt, finishedAt: Math.max(now(), startedAt) })
    },
  }
}
