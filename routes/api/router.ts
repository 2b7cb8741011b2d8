import { Problem } from '../../src/services/problem.ts'
import type { Method, Route } from './route.ts'

/** A path of the API, and what stands in the place of its parameters. */
export interface Found {
  /** As in the route: `/layers/{digest}`. */
  readonly path: string
  readonly values: Readonly<Record<string, string>>
  readonly routes: ReadonlyMap<Method, Route>
}

interface Pattern {
  readonly path: string
  readonly segments: readonly string[]
  readonly routes: Map<Method, Route>
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Problem('INVALID_REQUEST', { message: 'the path has a broken escape' })
  }
}

/** The parameters, if the path is one of the pattern's. */
function match({ segments }: Pattern, wanted: readonly string[]) {
  if (segments.length !== wanted.length) return undefined
  const values: Record<string, string> = {}
  for (const [at, segment] of segments.entries()) {
    const text = wanted[at] as string
    if (segment.startsWith('{')) values[segment.slice(1, -1)] = text
    else if (segment !== text) return undefined
  }
  return values
}

/** Words before parameters: `/gc/runs` is not a run of the name "runs". */
function byParameters(a: Pattern, b: Pattern): number {
  const parameters = ({ path }: Pattern) => path.split('{').length
  return parameters(a) - parameters(b)
}

/** Finds a path, below `/api/v1` and as it came over the wire. */
export function createRouter(routes: readonly Route[]): (path: string) => Found | undefined {
  const patterns = new Map<string, Pattern>()
  for (const route of routes) {
    const { path, method } = route
    const known = patterns.get(path) ?? { path, segments: path.split('/'), routes: new Map() }
    known.routes.set(method, route)
    patterns.set(path, known)
  }
  const ordered = [...patterns.values()].sort(byParameters)
  return (path) => {
    const wanted = path.split('/').map(decode)
    for (const pattern of ordered) {
      const values = match(pattern, wanted)
      if (values) return { path: pattern.path, values, routes: pattern.routes }
    }
    return undefined
  }
}
