import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Identity } from '../../access/identity.ts'
import { OciError } from '../../oci/errors.ts'
import type { RequestPermits } from '../../services/allowances/request-permits.ts'
import { accountKey, addressKey } from './client-key.ts'

/**
 * Limits requests. Each first costs its address one, before anything is asked of the registry, a
 * check of a password above all. Once it is known whose account it is, the account pays and the
 * address gets its own back: people of one address do not take from each other.
 */

/** Who a request was found to come from; `undefined` if nobody looked. */
export type IdentityOf = (request: FastifyRequest) => Pick<Identity, 'account'> | undefined

function isProbe({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.probe === true
}

function tooMany(wait: number): OciError {
  const seconds = Math.max(1, Math.ceil(wait / 1000))
  return new OciError('TOOMANYREQUESTS', {
    message: `too many requests; try again in ${seconds} s`,
    detail: { retryAfterSeconds: seconds },
    headers: { 'retry-after': String(seconds) },
  })
}

/** Goes on, at once where that can be told at once. */
function use(permits: RequestPermits, client: string, done: (error?: Error) => void): void {
  const finish = (wait: number | undefined) => (wait === undefined ? done() : done(tooMany(wait)))
  const wait = permits.use(client)
  if (wait instanceof Promise) wait.then(finish, done)
  else finish(wait)
}

/** To be installed before what finds out who asks. Probes are always answered. */
export function limitAddresses(app: FastifyInstance, permits: RequestPermits): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (isProbe(request)) return done()
    use(permits, addressKey(request.ip), done)
  })
  app.addHook('onClose', async () => permits.stop())
}

/** To be installed after what finds out who asks. */
export function limitAccounts(
  app: FastifyInstance,
  permits: RequestPermits,
  identityOf: IdentityOf,
): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const account = identityOf(request)?.account
    if (account === undefined || isProbe(request)) return done()
    permits.giveBack(addressKey(request.ip))
    use(permits, accountKey(account.id), done)
  })
}
