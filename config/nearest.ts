/** Single-letter insertions, removals and replacements that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** `http.port` → `http.port`, `port`: people leave out the section, or add one. */
function endings(name: string): string[] {
  const words = name.split(/[._]/)
  return words.map((_, index) => words.slice(index).join('.'))
}

/**
 * Letters apart; a left-out or added section counts as two. Infinite if more than half of the
 * letters compared would have to change, as that is another name and no slip.
 */
function distance(a: string, b: string): number {
  const pairs = endings(a).flatMap((left, i) =>
    endings(b).map((right, j) => {
      const edits = editDistance(left, right)
      return edits <= left.length / 2 ? 2 * (i + j) + edits : Number.POSITIVE_INFINITY
    }),
  )
  return Math.min(...pairs)
}

/** The candidate most like `name`, or `undefined` if none is like it. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  const [best] = candidates
    .map((candidate) => ({ candidate, far: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ far }) => Number.isFinite(far))
    .sort((a, b) => a.far - b.far)
  return best?.candidate
}

/** `; did you mean http.port?`, to end a message with. */
export function didYouMean(name: string, candidates: readonly string[]): string | undefined {
  const best = nearest(name, candidates)
  return best === undefined ? undefined : `; did you mean ${best}?`
}
