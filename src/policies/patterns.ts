/**
 * Patterns for the names of repositories and tags. Matching takes time in proportion to the lengths
 * of pattern and name multiplied, whatever they are: nobody can write a pattern that hangs.
 */

/** Whether a name matches. */
export type Matches = (name: string) => boolean

/** Longest pattern; no name is longer. */
const maxLength = 255

const repositoryPattern = /^[a-z0-9._/*-]+$/
const tagPattern = /^[A-Za-z0-9._*?-]+$/

/** What is wrong with a pattern for repositories; `undefined` if nothing is. */
export function repositoryPatternProblem(pattern: string): string | undefined {
  const shown = show(pattern)
  if (pattern.length > maxLength) return `is longer than ${maxLength} characters`
  if (!repositoryPattern.test(pattern)) {
    return `${shown} can match no repository; write lower-case letters, digits and . _ - /, with * for anything within one part and ** for any parts`
  }
  const parts = pattern.split('/')
  if (parts.includes(''))
    return `${shown} has an empty part; write names such as team/app or team/**`
  if (parts.some((part) => part !== '**' && part.includes('**'))) {
    return `${shown} has ** beside other characters; it stands alone between slashes, as in team/**`
  }
  return undefined
}

/** What is wrong with a pattern for tags; `undefined` if nothing is. */
export function tagPatternProblem(pattern: string): string | undefined {
  if (pattern.length > maxLength) return `is longer than ${maxLength} characters`
  if (tagPattern.test(pattern)) return undefined
  return `${show(pattern)} can match no tag; write letters, digits and . _ -, with * for anything and ? for one character`
}

/**
 * A repository matches if one of the patterns does. `*` stands for anything within one part of the
 * name, `**` for any parts: at the end for one at least, elsewhere for none, too. All else is exact.
 */
export function matchRepositories(patterns: readonly string[]): Matches {
  const split = patterns.map((pattern) => pattern.split('/'))
  return (name) => {
    const parts = name.split('/')
    return split.some((pattern) => matchesParts(pattern, parts))
  }
}

/**
 * Whether `outer` matches every name that `inner` does. Never wrongly so; false, too, where only a
 * closer look would tell.
 */
export function coversRepositories(outer: string, inner: string): boolean {
  const parts = openEnd(inner.split('/'))
  // What is wild in the inner one is covered by what is as wild, as if it were a character of its own.
  const covers = (wanted: string, found: string) => found !== '**' && matchesText(wanted, found)
  return matchSequence(openEnd(outer.split('/')), parts, '**', covers)
}

/** A tag matches if one of the patterns does. `*` stands for anything, `?` for one character. */
export function matchTags(patterns: readonly string[]): Matches {
  return (name) => patterns.some((pattern) => matchesText(pattern, name))
}

/** The first of the patterns that matches a tag. */
export function findTagPattern(patterns: readonly string[], tag: string): string | undefined {
  return patterns.find((pattern) => matchesText(pattern, tag))
}

/** The rules that are about a repository, in their order. */
export function rulesFor<Rule extends { readonly repositories: readonly string[] }>(
  rules: readonly Rule[],
  repository: string,
): readonly Rule[] {
  return rules.filter(({ repositories }) => matchRepositories(repositories)(repository))
}

/** With `**` for none, too, wherever it stands: at the end it stands for one part at least. */
function openEnd(pattern: readonly string[]): readonly string[] {
  return pattern.at(-1) === '**' ? [...pattern, '*'] : pattern
}

function matchesParts(pattern: readonly string[], parts: readonly string[]): boolean {
  return matchSequence(openEnd(pattern), parts, '**', matchesText)
}

function matchesText(pattern: string, text: string): boolean {
  return matchSequence(pattern, text, '*', (wanted, found) => wanted === '?' || wanted === found)
}

interface Sequence {
  readonly length: number
  readonly [index: number]: string
}

/**
 * `any` in the pattern stands for any run of items. Where a match fails, only the last `any` is given
 * one item more: what an earlier one could take instead, the last one can take as well.
 */
function matchSequence(
  pattern: Sequence,
  items: Sequence,
  any: string,
  fits: (wanted: string, found: string) => boolean,
): boolean {
  let wanted = 0
  let found = 0
  let lastAny = -1
  let taken = 0
  while (found < items.length) {
    if (pattern[wanted] === any) {
      lastAny = wanted
      taken = found
      wanted += 1
    } else if (wanted < pattern.length && fits(pattern[wanted] ?? '', items[found] ?? '')) {
      wanted += 1
      found += 1
    } else if (lastAny >= 0) {
      taken += 1
      found = taken
      wanted = lastAny + 1
    } else {
      return false
    }
  }
  while (pattern[wanted] === any) wanted += 1
  return wanted === pattern.length
}

function show(pattern: string): string {
  return JSON.stringify(pattern.slice(0, 80))
}
