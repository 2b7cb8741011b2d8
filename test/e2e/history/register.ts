/**
 * One place that holds one value, written by many, each value once: whether what its readers saw can
 * be explained is then decided at once, where trying orders may take for ever (P. B. Gibbons and
 * E. Korach, "Testing shared memories", 1997).
 */

export interface Access {
  readonly kind: 'write' | 'read'
  readonly value: string
  /** Before it was asked for, and after it was answered. */
  readonly start: number
  readonly end: number
}

/** From the first moment at which a value must have been there to the last, or the other way round. */
interface Zone {
  readonly value: string
  readonly low: number
  readonly high: number
  /** It must have been there all the time between. */
  readonly forward: boolean
}

function zoneOf(value: string, accesses: readonly Access[]): Zone {
  const firstEnd = Math.min(...accesses.map(({ end }) => end))
  const lastStart = Math.max(...accesses.map(({ start }) => start))
  const forward = firstEnd < lastStart
  return forward
    ? { value, low: firstEnd, high: lastStart, forward }
    : { value, low: lastStart, high: firstEnd, forward }
}

function unread(value: string, accesses: readonly Access[]): string | undefined {
  const write = accesses.find(({ kind }) => kind === 'write')
  if (write === undefined) return `${value} was read and never written`
  const early = accesses.some(({ end }) => end < write.start)
  return early ? `${value} was read before it was written` : undefined
}

function conflict(one: Zone, other: Zone): string | undefined {
  if (!one.forward || one === other) return undefined
  const both = other.forward && one.low < other.high && other.low < one.high
  const within = !other.forward && one.low < other.low && other.high < one.high
  return both || within ? `${other.value} was there while ${one.value} must have been` : undefined
}

/** Why these accesses can't have happened one after another; `undefined` if they can. */
export function findContradiction(history: readonly Access[]): string | undefined {
  const byValue = new Map<string, Access[]>()
  for (const access of history) {
    byValue.set(access.value, [...(byValue.get(access.value) ?? []), access])
  }
  const zones = [...byValue].map(([value, accesses]) => zoneOf(value, accesses))
  const reasons = [
    ...[...byValue].map(([value, accesses]) => unread(value, accesses)),
    ...zones.flatMap((one) => zones.map((other) => conflict(one, other))),
  ]
  return reasons.find((reason) => reason !== undefined)
}
