import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Config } from '../config/schema.ts'
import { apiRoutes } from '../routes/api/index.ts'
import type { ApiServices } from '../routes/api/services.ts'
import { authorityRoutes } from '../routes/authority.ts'
import { describeRequest } from '../routes/describe.ts'
import { healthRoutes } from '../routes/health.ts'
import { interruptBody, isAwaited } from '../routes/http/body-reader.ts'
import { createSessionReader } from '../routes/http/session.ts'
import { tokenRoutes } from '../routes/token.ts'
import { searchRoutes } from '../routes/v1/search.ts'
import { createAuthorize, scopeOfRequest } from '../routes/v2/authorize.ts'
import { v2Routes } from '../routes/v2/index.ts'
import type { Authentication } from './authentication.ts'
import { installAuthentication, installNoAuthentication } from './plugins/authentication.ts'
import type { createDrain } from './plugins/drain.ts'
import {
  createClientErrorAnswer,
  createFrameworkErrorAnswer,
  installErrorHandlers,
} from './plugins/errors.ts'
import { installExchanges } from './plugins/exchanges.ts'
import { headersOf, installHeaders } from './plugins/headers.ts'
import { createLimits } from './plugins/limits/install.ts'
import { createRequestLog } from './plugins/request-log.ts'
import { createSlowClients } from './plugins/slow-clients/install.ts'
import { installUnreadBody } from './plugins/unread-body.ts'
import type { Allowances } from './services/allowances/allowances.ts'
import type { Blobs } from './services/blobs.ts'
import type { Catalog } from './services/catalog.ts'
import type { Health } from './services/health.ts'
import type { Manifests } from './services/manifests.ts'
import type { PullNotes } from './services/pulls/create.ts'
import type { Referrers } from './services/referrers.ts'
import type { Room } from './services/room.ts'
import type { Uploads } from './services/uploads.ts'

/** All that routes may use. */
export interface Services extends ApiServices {
  readonly allowances: Allowances
  readonly blobs: Blobs
  readonly catalog: Catalog
  readonly health: Health
  readonly manifests: Manifests
  readonly pulls: PullNotes
  readonly referrers: Referrers
  readonly room: Pick<Room, 'explain'>
  readonly uploads: Uploads
}

function refuseSchemas(): never {
  throw new Error('routes here have no schemas')
}

/** Without these the framework loads two compilers, for 15 MB of memory in each process. */
const noCompilers = { buildValidator: refuseSchemas, buildSerializer: refuseSchemas }

/** @param name begins each id. */
function countRequests(name: string): () => string {
  let last = 0
  return () => {
    last += 1
    return `${name}-${last.toString(36)}`
  }
}

function speaksHttps({ tls }: Config): boolean {
  return tls.certificate !== undefined
}

function createServer(config: Config, logger: FastifyBaseLogger, name: string): FastifyInstance {
  const { http } = config
  const headers = headersOf({ secure: speaksHttps(config) })
  return Fastify({
    loggerInstance: logger,
    // One logger for all: whoever writes about a request says which it is.
    childLoggerFactory: (root) => root,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: countRequests(name),
    schemaController: { compilersFactory: noCompilers },
    trustProxy: http.trustedProxies.length === 0 ? false : [...http.trustedProxies],
    exposeHeadRoutes: false,
    bodyLimit: config.manifests.maxSize,
    // No limit on the whole request, for a slow push may take hours; see installSlowClients.
    connectionTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: http.keepAliveTimeout,
    http: { headersTimeout: http.headersTimeout, connectionsCheckingInterval: 2000 },
    // While the registry stops, requests under way on open connections still finish.
    return503OnClosing: false,
    frameworkErrors: createFrameworkErrorAnswer(headers),
    clientErrorHandler: createClientErrorAnswer(headers, logger),
  })
}

export interface AppOptions {
  /** Begins the ids of requests. */
  readonly name?: string | undefined
  /** Whether a secret is the one in the data directory. */
  readonly isOperator?: ((secret: string) => boolean) | undefined
  /** Absent: whoever reaches the registry may do everything. */
  readonly authentication?: Authentication | undefined
}

function installSigningIn(app: FastifyInstance, authentication: Authentication): void {
  const session = createSessionReader(authentication)
  installAuthentication(app, { ...authentication, session, scopeOf: scopeOfRequest })
}

/** Everything the registry answers, as one visible list. Never listens. */
export function buildApp(
  config: Config,
  services: Services,
  logger: FastifyBaseLogger,
  drain: Pick<ReturnType<typeof createDrain>, 'install' | 'observer'>,
  { name = 'req', authentication, isOperator = () => false }: AppOptions = {},
): FastifyInstance {
  const app = createServer(config, logger, name)
  app.decorateRequest('target', undefined)
  app.decorateRequest('apiPath', undefined)

  installExchanges(app, [
    createRequestLog(app.log, { describe: describeRequest }),
    createSlowClients(app, { ...config.http, isAwaited, interrupt: interruptBody }),
    drain.observer,
  ])
  installHeaders(app, {
    secure: speaksHttps(config),
    behindProxy: config.http.trustedProxies.length > 0,
  })
  installUnreadBody(app)
  drain.install(app)
  const limits = createLimits(config.limits, services.allowances)
  installErrorHandlers(app, services.room)
  limits.beforeSignIn(app)
  if (authentication) installSigningIn(app, authentication)
  else installNoAuthentication(app, { isOperator })
  limits.afterSignIn(app)

  if (authentication) app.register(tokenRoutes, authentication)
  app.register(healthRoutes, { health: services.health })
  if (config.tls.ca !== undefined) app.register(authorityRoutes, { file: config.tls.ca })
  app.register(searchRoutes, { catalog: services.catalog })
  app.register(apiRoutes, { ...services, challenge: authentication?.challenge })
  app.register(v2Routes, {
    blobs: services.blobs,
    catalog: services.catalog,
    manifests: services.manifests,
    pulls: services.pulls,
    referrers: services.referrers,
    uploads: services.uploads,
    activity: config.activity.pulls ? services.activity : undefined,
    authorize: authentication && createAuthorize(authentication),
    deleteEnabled: config.delete.enabled,
    maxManifestSize: config.manifests.maxSize,
    maxPageSize: config.lists.maxPageSize,
  })
  return app
}
