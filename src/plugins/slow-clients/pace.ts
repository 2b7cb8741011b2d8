/** How slow a client may be. */
export interface PaceLimits {
  /** Milliseconds without a byte; 0 sets no limit. */
  readonly idleTimeout: number
  /** Bytes a second; 0 sets no limit. */
  readonly minRate: number
  /** Milliseconds over which the rate is measured. */
  readonly minRateWindow: number
}

/** What was seen of a request since the look before. */
export interface Progress {
  /** Milliseconds since then. */
  readonly elapsed: number
  /** It is the client that is waited for, not the registry. */
  readonly awaited: boolean
  /** Bytes the client has sent, and bytes it has taken. */
  readonly moved: number
  /** The bytes it has taken are known, and not only those that were sent off. */
  readonly exact: boolean
}

/** The limit that was broken, as the configuration names it, and the rate in bytes a second. */
export type TooSlow =
  | { readonly limit: 'http.idleTimeout' }
  | { readonly limit: 'http.minRate'; readonly rate: number }

/**
 * What a window had over its due is good for this many windows after it. The peer's system takes
 * bytes in steps as large as a part of its buffer, and a link may stall and recover: a client that
 * was fast enough on the whole is not cut for one window.
 */
const windowsSaved = 4

/**
 * Measures one request, window after window, while its client is waited for.
 * @param ahead whether so much has moved already, unmeasured, that the savings are full.
 */
export function createPace({ idleTimeout, minRate, minRateWindow }: PaceLimits, ahead: boolean) {
  let still = 0
  let spent = 0
  let moved = 0
  let saved = ahead ? (windowsSaved * minRate * minRateWindow) / 1000 : 0

  function restart(): void {
    spent = 0
    moved = 0
  }

  function closeWindow(): TooSlow | undefined {
    const due = (minRate * spent) / 1000
    const rate = Math.round((moved / spent) * 1000)
    saved = Math.min(saved + moved - due, windowsSaved * due)
    restart()
    return saved < 0 ? { limit: 'http.minRate', rate } : undefined
  }

  return {
    /** Takes in what was seen; tells which limit is broken now. */
    judge(progress: Progress): TooSlow | undefined {
      still = progress.awaited && progress.moved === 0 ? still + progress.elapsed : 0
      if (idleTimeout > 0 && still >= idleTimeout) return { limit: 'http.idleTimeout' }
      spent += progress.elapsed
      moved += progress.moved
      if (!(progress.awaited && progress.exact)) restart()
      return minRate > 0 && spent >= minRateWindow ? closeWindow() : undefined
    },
  }
}

export type Pace = ReturnType<typeof createPace>
