import { metaRoutes } from './meta.ts'
import { openApiRoutes } from './openapi/routes.ts'
import type { Route } from './route.ts'

/** The management API: each file of routes has its line here, and nothing else makes it known. */
export const routes: readonly Route[] = [...metaRoutes, ...openApiRoutes(() => routes)]
