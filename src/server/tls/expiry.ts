import type { FastifyBaseLogger } from 'fastify'
import type { TlsMaterial } from './material.ts'

const day = 24 * 60 * 60 * 1000

/** Less than this before its end there is something to be done about a certificate. */
const noticeDays = 14

/** Tells of a certificate that clients refuse, or soon will. */
export function tellExpiry(
  { validFrom, validTo }: Pick<TlsMaterial, 'validFrom' | 'validTo'>,
  logger: Pick<FastifyBaseLogger, 'warn' | 'error'>,
  now = Date.now(),
): void {
  const left = validTo.getTime() - now
  const facts = { validFrom: validFrom.toISOString(), validTo: validTo.toISOString() }
  if (left <= 0) {
    logger.error(facts, 'the certificate (tls.certificate) has expired: clients refuse it')
  } else if (validFrom.getTime() > now) {
    logger.error(facts, 'the certificate (tls.certificate) is not valid yet: clients refuse it')
  } else if (left < noticeDays * day) {
    const days = Math.floor(left / day)
    logger.warn({ ...facts, days }, 'the certificate (tls.certificate) expires soon')
  }
}
