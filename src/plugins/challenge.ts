import type { FastifyRequest } from 'fastify'

/** What the challenges of one registry have in common. */
export interface ChallengeOptions {
  /** Where clients reach the registry, without a slash at the end; else what they say themselves. */
  readonly publicUrl: string | undefined
  /** `service` and `aud`. */
  readonly service: string
}

export type ChallengeError = 'invalid_token' | 'insufficient_scope'

/** Writes the one `WWW-Authenticate` of an answer 401. */
export type Challenge = (
  request: FastifyRequest,
  asked?: { readonly scope?: string | undefined; readonly error?: ChallengeError | undefined },
) => Readonly<Record<string, string>>

/** A name or an address, with a port or without: nothing that could end a quoted string, or a path. */
const hostForm = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

/** What the client calls us, if that is a host; else the address it reached. */
function hostOf({ host, socket }: FastifyRequest): string {
  if (hostForm.test(host)) return host
  const { localAddress = '127.0.0.1', localPort } = socket
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`
}

/** The scheme is what a trusted proxy says, or whether the connection is encrypted. */
function originOf(request: FastifyRequest): string {
  return `${request.protocol === 'https' ? 'https' : 'http'}://${hostOf(request)}`
}

/** Exactly one challenge, of one scheme, all values quoted (Docker "Token authentication"). */
export function createChallenge({ publicUrl, service }: ChallengeOptions): Challenge {
  return (request, { scope, error } = {}) => {
    const realm = `${publicUrl ?? originOf(request)}/token`
    const parameters = Object.entries({ realm, service, scope, error })
    const written = parameters.filter(([, value]) => value !== undefined)
    return {
      'www-authenticate': `Bearer ${written.map(([key, value]) => `${key}="${value}"`).join(',')}`,
    }
  }
}

/** `aud` of tokens, and what clients are to ask for: the host clients know, if we know it. */
export function serviceOf(publicUrl: string | undefined): string {
  return publicUrl === undefined ? 'layerhouse' : new URL(publicUrl).host
}
