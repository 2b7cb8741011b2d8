/**
 * A look at a JSON text before it is parsed: `JSON.parse` accepts two million nested arrays and lets
 * the last of two equal keys win in silence. One linear pass, no recursion.
 */

/** Deeper documents are refused; an image manifest needs about six levels. */
export const maxJsonDepth = 100

const quote = 0x22

export interface JsonOutline {
  readonly depth: number
  /** Keys of the outermost object in order, escapes resolved, repeats included. */
  readonly keys: readonly string[]
}

/** Index of the quote that closes the string opened at `open`; the text's length if none does. */
function endOfString(text: string, open: number): number {
  let at = open + 1
  while (at < text.length) {
    const char = text.charCodeAt(at)
    if (char === quote) return at
    at += char === 0x5c ? 2 : 1
  }
  return text.length
}

function isKey(text: string, after: number): boolean {
  let at = after
  while (at < text.length && ' \t\r\n'.includes(text[at] as string)) at++
  return text[at] === ':'
}

/** Reads the outline; tells nothing about whether the text is JSON, `JSON.parse` does. */
export function outlineJson(text: string): JsonOutline {
  const keys: string[] = []
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    depth += nesting(char)
    deepest = Math.max(deepest, depth)
    if (char !== quote) continue
    const close = endOfString(text, at)
    if (depth === 1 && isKey(text, close + 1)) keys.push(text.slice(at, close + 1))
    at = close
  }
  return { depth: deepest, keys: keys.map(unquote) }
}

function nesting(char: number): number {
  if (char === 0x7b || char === 0x5b) return 1
  return char === 0x7d || char === 0x5d ? -1 : 0
}

function unquote(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted
  }
}
