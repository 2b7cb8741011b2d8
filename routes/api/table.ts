import { deletionRoutes } from './deletions.ts'
import { gcRoutes } from './gc.ts'
import { historyRoutes } from './history.ts'
import { metaRoutes } from './meta.ts'
import { openApiRoutes } from './openapi/routes.ts'
import type { Route } from './route.ts'

/** The management API: each file of routes has its line here, and nothing else makes it known. */
export const routes: readonly Route[] = [
  ...metaRoutes,
  ...deletionRoutes,
  ...gcRoutes,
  ...historyRoutes,
  ...openApiRoutes(() => routes),
]
