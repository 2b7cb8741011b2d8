import { apiBase } from '../../../src/plugins/problem-body.ts'
import type { Route } from '../route.ts'
import { createComponents, type Json } from './components.ts'
import { operationOf } from './operation.ts'
import { problem } from './problem.ts'

/** The OpenAPI 3.1 document of these routes. The version is that of the API, not of the program. */
export function describeApi(routes: readonly Route[]): Json {
  const components = createComponents()
  components.refer(problem)
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const operations = paths[route.path] ?? {}
    paths[route.path] = operations
    operations[route.method.toLowerCase()] = operationOf(route, components)
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Layerhouse management API', version: '1' },
    servers: [{ url: apiBase }],
    paths,
    components: { schemas: components.all() },
  }
}
