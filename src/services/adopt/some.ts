/** How many are named to a person. */
const named = 5

/** All of few, some of many: `a, b and 7 more`. */
export function some(texts: readonly string[]): string {
  const more = texts.length - named
  return `${texts.slice(0, named).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
