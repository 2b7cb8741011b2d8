/** How much each of many may take in a time, all of them alike. */
export interface ScheduleOptions {
  /** Units a second, on average. */
  readonly rate: number
  /** Units that may be taken at once by whoever took none for a while. */
  readonly burst: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** What was given to whom. It is known as one time for each: until when what was taken is used up. */
export interface Schedule {
  /** Gives up to `wanted` units. @returns how many, and milliseconds until there is another if none. */
  take(who: string, wanted: number): { readonly given: number; readonly wait: number }
  /** Gives `units` in any case. @returns milliseconds after which they may be used. */
  reserve(who: string, units: number): number
  /** Takes back what was not used. */
  giveBack(who: string, units: number): void
  /** Whom something is known of. */
  readonly size: number
}

/**
 * More are never remembered: a registry that so many come to has other limits. The one that took
 * something longest ago is forgotten first, who then may take all of a burst.
 */
export const maxRemembered = 65_536

/** How many of those that are remembered longest are looked at whenever another one comes. */
const lookedAt = 2

export function createSchedule({
  rate,
  burst,
  now = () => performance.now(),
}: ScheduleOptions): Schedule {
  const each = 1000 / rate
  const ahead = burst * each
  const busyUntil = new Map<string, number>()

  function remember(who: string, until: number): void {
    busyUntil.delete(who)
    busyUntil.set(who, until)
  }

  /** Nothing needs to be known of those that may take a whole burst. */
  function forget(time: number): void {
    let looked = 0
    for (const [who, until] of busyUntil) {
      if (looked >= lookedAt || (until > time && busyUntil.size <= maxRemembered)) return
      busyUntil.delete(who)
      looked += 1
    }
  }

  function until(who: string, time: number): number {
    return Math.max(busyUntil.get(who) ?? 0, time)
  }

  return {
    get size() {
      return busyUntil.size
    },
    take(who, wanted) {
      const time = now()
      forget(time)
      const before = until(who, time)
      // What is lost in the last digit must not take a unit away.
      const room = Math.floor((time + ahead - before) / each + 1e-6)
      const given = Math.max(0, Math.min(wanted, room))
      if (given === 0) return { given, wait: Math.max(0, before + each - ahead - time) }
      remember(who, before + given * each)
      return { given, wait: 0 }
    },
    reserve(who, units) {
      const time = now()
      forget(time)
      const after = until(who, time) + units * each
      remember(who, after)
      return Math.max(0, after - ahead - time)
    },
    giveBack(who, units) {
      const before = busyUntil.get(who)
      if (before !== undefined) busyUntil.set(who, before - units * each)
    },
  }
}
