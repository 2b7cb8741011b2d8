import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AllowanceLimits, Allowances } from '../../services/allowances/allowances.ts'
import { createRequestPermits } from '../../services/allowances/request-permits.ts'
import { limitBandwidth } from './bandwidth.ts'
import { type IdentityOf, limitAccounts, limitAddresses } from './requests.ts'

/** What keeps one client from taking too much; where no limit is set, nothing is installed. */
export interface Limits {
  /** Before it is found out who asks, and after the common headers are set. */
  beforeSignIn(app: FastifyInstance): void
  /** After that. */
  afterSignIn(app: FastifyInstance): void
}

/** Who the authentication found, if there is one: an absent identity is an address. */
const identityOf: IdentityOf = (request: FastifyRequest) =>
  (request as { identity?: ReturnType<IdentityOf> }).identity

export function createLimits(limits: AllowanceLimits, allowances: Allowances): Limits {
  const { requestsPerSecond, bandwidth } = limits
  const permits = requestsPerSecond > 0 ? createRequestPermits({ allowances }) : undefined
  return {
    beforeSignIn(app) {
      if (permits) limitAddresses(app, permits)
    },
    afterSignIn(app) {
      if (permits) limitAccounts(app, permits, identityOf)
      if (bandwidth > 0) limitBandwidth(app, { allowances, bandwidth, identityOf })
    },
  }
}
