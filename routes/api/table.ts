import { accessRoutes } from './access.ts'
import { accountRoutes } from './accounts.ts'
import { deletionRoutes } from './deletions.ts'
import { exportRoutes } from './export.ts'
import { gcRoutes } from './gc.ts'
import { grantRoutes } from './grants.ts'
import { groupRoutes } from './groups.ts'
import { historyRoutes } from './history.ts'
import { imageRoutes } from './images.ts'
import { importRoutes } from './imports.ts'
import { layerRoutes } from './layers.ts'
import { manifestRoutes } from './manifests.ts'
import { metaRoutes } from './meta.ts'
import { openApiRoutes } from './openapi/routes.ts'
import { policyRoutes } from './policies.ts'
import { repositoryRoutes } from './repositories.ts'
import { retentionRoutes } from './retention.ts'
import type { Route } from './route.ts'
import { sessionRoutes } from './session.ts'
import { storageRoutes } from './storage.ts'
import { tagRoutes } from './tags.ts'
import { tokenRoutes } from './tokens.ts'

/** The management API: each file of routes has its line here, and nothing else makes it known. */
export const routes: readonly Route[] = [
  ...metaRoutes,
  ...deletionRoutes,
  ...gcRoutes,
  ...historyRoutes,
  ...policyRoutes,
  ...retentionRoutes,
  ...storageRoutes,
  ...repositoryRoutes,
  ...tagRoutes,
  ...manifestRoutes,
  ...imageRoutes,
  ...exportRoutes,
  ...importRoutes,
  ...layerRoutes,
  ...accountRoutes,
  ...groupRoutes,
  ...grantRoutes,
  ...tokenRoutes,
  ...sessionRoutes,
  ...accessRoutes,
  ...openApiRoutes(() => routes),
]
