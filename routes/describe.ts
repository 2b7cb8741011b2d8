import type { FastifyRequest } from 'fastify'
import type { RequestFacts } from '../src/plugins/request-log.ts'
import { patterns, type Target } from './v2/target.ts'

const probes: ReadonlySet<string> = new Set(['/', '/healthz', '/readyz'])

function factsOf(target: Target): RequestFacts {
  const route = patterns[target.kind]
  switch (target.kind) {
    case 'base':
    case 'catalog':
      return { route }
    case 'manifest':
      return {
        route,
        repository: target.repository,
        digest: target.reference.digest,
        tag: target.reference.tag,
      }
    case 'blob':
    case 'referrers':
      return { route, repository: target.repository, digest: target.digest }
    default:
      return { route, repository: target.repository }
  }
}

/** What the log says about a request besides its outcome. */
export function describeRequest(request: FastifyRequest): RequestFacts {
  const { target, apiPath, routeOptions } = request
  if (target) return factsOf(target)
  if (apiPath !== undefined) return { route: apiPath }
  const route = routeOptions.url ?? 'none'
  return probes.has(route) ? { route, quiet: true } : { route }
}
