/**
 * Whether a name fits a pattern in which `*` stands for any characters and `?` for one. Takes time
 * in proportion to the product of the lengths at most, whatever the pattern.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  let at = 0
  let inPattern = 0
  let star = -1
  let retry = 0
  while (at < name.length) {
    const expected = pattern[inPattern]
    if (expected === '*') {
      star = inPattern
      inPattern += 1
      retry = at
    } else if (expected === '?' || expected === name[at]) {
      inPattern += 1
      at += 1
    } else if (star >= 0) {
      // The last star takes one more.
      inPattern = star + 1
      retry += 1
      at = retry
    } else return false
  }
  while (pattern[inPattern] === '*') inPattern += 1
  return inPattern === pattern.length
}
