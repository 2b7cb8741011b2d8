/** The middle one, the mean of the two in the middle of an even number; `NaN` of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  if (sorted.length % 2 === 1) return upper
  return ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export interface Ratios {
  /** Of the two medians. */
  readonly ofMedians: number
  /** The median of the ratios round by round: a slow minute of the machine hits both sides of one. */
  readonly paired: number
}

/** How `ours` compares with `theirs`, above 1 if ours is better. Same rounds at the same index. */
export function compare(
  ours: readonly number[],
  theirs: readonly number[],
  better: 'more' | 'less',
): Ratios {
  const ratio = (a: number, b: number) => (better === 'more' ? a / b : b / a)
  const pairs = ours
    .slice(0, theirs.length)
    .map((value, round) => ratio(value, theirs[round] ?? Number.NaN))
  return { ofMedians: ratio(median(ours), median(theirs)), paired: median(pairs) }
}

/** The list begun at another place, so that nobody is always first. */
export function rotate<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = items.length === 0 ? 0 : by % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}
