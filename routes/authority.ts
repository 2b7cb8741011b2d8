import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { OciError } from '../src/oci/errors.ts'

export interface AuthorityOptions {
  /** PEM file with the authority that vouches for this registry. */
  readonly file: string
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Certificates of authorities, and nothing else that the file may hold, such as a key. */
function authoritiesIn(text: string): string {
  const certificates = (text.match(block) ?? []).map((each) => new X509Certificate(each))
  return certificates.filter(({ ca }) => ca).join('')
}

/** `/ca.crt`, for everybody: who does not trust the registry yet can't sign in either. */
export function authorityRoutes(
  app: FastifyInstance,
  { file }: AuthorityOptions,
  done: () => void,
): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/ca.crt',
    handler: async (_request, reply) => {
      // Read each time, for it is asked for rarely and may be replaced.
      const certificates = authoritiesIn(await readFile(file, 'utf8'))
      if (certificates === '') {
        throw new OciError('NAME_UNKNOWN', {
          message: 'there is no authority in the file of tls.ca',
        })
      }
      return reply.type('application/x-x509-ca-cert').send(certificates)
    },
  })
  done()
}
