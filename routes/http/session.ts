import type { FastifyRequest } from 'fastify'
import type { Identity } from '../../src/access/identity.ts'
import { speaksProblems } from '../../src/plugins/problem-body.ts'
import { Problem } from '../../src/services/problem.ts'
import type { Sessions } from '../../src/services/sessions/create.ts'
import { mayAct, readSessionCookie } from './cookie.ts'

/**
 * Who a browser is signed in as, where cookies count: below `/api/v1` alone. A session that has ended is
 * the same as none, for browsers keep sending its cookie.
 * @throws Problem CROSS_SITE if it comes with a change that no page of this registry asked for.
 */
export function createSessionReader({ sessions }: { readonly sessions: Pick<Sessions, 'find'> }) {
  async function find(request: FastifyRequest, secret: string): Promise<Identity | undefined> {
    const session = await sessions.find(secret)
    if (session === undefined) return undefined
    if (mayAct(request, request, secret)) return session.identity
    throw new Problem('CROSS_SITE')
  }

  return (request: FastifyRequest): Promise<Identity | undefined> | undefined => {
    const { cookie } = request.headers
    if (cookie === undefined || !speaksProblems(request.raw.url as string)) return undefined
    const secret = readSessionCookie(request, cookie)
    return secret === undefined ? undefined : find(request, secret)
  }
}
