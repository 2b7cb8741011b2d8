/** How exact a part of a pattern is. */
type Weight = number

const literal = 1000

/** `**` < `*` < literal characters with `*`, the more the better < a literal part. */
function weigh(part: string): Weight {
  if (part === '**') return 0
  if (!part.includes('*')) return literal
  const characters = part.replaceAll('*', '').length
  return characters === 0 ? 1 : 1 + characters
}

function literals(pattern: string): number {
  return pattern.replaceAll('*', '').length
}

/**
 * Orders patterns of repositories, the most specific first. Compared part by part from the left; where
 * one is the beginning of the other, the longer one is more specific. Among those that are alike so
 * far, more literal characters are, and at last byte order decides: no two patterns are equal, so that
 * whatever matches a name, one pattern is the first.
 */
export function bySpecificity(a: string, b: string): number {
  const left = a.split('/').map(weigh)
  const right = b.split('/').map(weigh)
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = (right[at] ?? -1) - (left[at] ?? -1)
    if (difference !== 0) return difference
  }
  const difference = literals(b) - literals(a)
  if (difference !== 0) return difference
  return a === b ? 0 : a < b ? -1 : 1
}
