import { limits } from './limits.ts'
import { refuse, show } from './refusal.ts'

function isControl(char: string): boolean {
  const code = char.charCodeAt(0)
  return code < 0x20 || code === 0x7f
}

function checkText(path: string): void {
  if (path.length > limits.path) throw refuse(`a path is longer than ${limits.path} characters`)
  if ([...path].some(isControl)) throw refuse(`the path ${show(path)} has control characters`)
}

/** Puts `path` below `base`, both as segments. @throws Problem if it leads out of the archive. */
function resolve(base: readonly string[], path: string): string {
  checkText(path)
  if (path.startsWith('/')) throw refuse(`the path ${show(path)} is absolute`)
  const segments = [...base]
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined) throw refuse(`the path ${show(path)} leads out of it`)
  }
  return segments.join('/')
}

/** The one spelling of an entry's path: `./a//b` is `a/b`. @throws Problem for one with `..` in it. */
export function entryPath(path: string): string {
  if (path.split('/').includes('..')) {
    throw refuse(`the path ${show(path)} has ".." in it`)
  }
  return resolve([], path)
}

/**
 * What a link means, as the path of another entry. Nothing is ever written to where a link points.
 * @throws Problem if it leads out of the archive.
 */
export function linkTarget(entry: string, target: string, kind: 'symlink' | 'link'): string {
  return resolve(kind === 'link' ? [] : entry.split('/').slice(0, -1), target)
}

/** Follows links to the path of a file, if they lead to one. */
export function follow(path: string, links: ReadonlyMap<string, string>): string {
  let at = path
  for (let hops = 0; hops <= limits.links; hops++) {
    const next = links.get(at)
    if (next === undefined) return at
    at = next
  }
  throw refuse(`links go round at ${show(path)}`)
}
