/**
 * The cookie that a signed-in browser has, and what tells its own requests from those that another web
 * site makes it send. It means nothing below `/v2/`, where clients send a name and password or a token.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isCsrfToken } from '../../src/services/sessions/secret.ts'

/** How a request came. */
export interface Way {
  readonly protocol: 'http' | 'https'
  /** With the port, as the client wrote it. */
  readonly host: string
}

/** Browsers take the prefix for "sent over HTTPS, by this very host, for all paths", and hold to it. */
const secureName = '__Host-layerhouse'
/** Over plain HTTP no cookie can have that prefix. */
const plainName = 'layerhouse-session'

/** A header, for it is the page's script that sends it: another site's form can't. */
export const csrfHeader = 'x-csrf-token'

function nameFor({ protocol }: Pick<Way, 'protocol'>): string {
  return protocol === 'https' ? secureName : plainName
}

function write(way: Pick<Way, 'protocol'>, value: string, seconds: number): string {
  const text = `${nameFor(way)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict`
  return way.protocol === 'https' ? `${text}; Secure` : text
}

/** The value of `Set-Cookie` that gives a browser its session, whose secret needs no quoting. */
export function sessionCookie(way: Pick<Way, 'protocol'>, secret: string, seconds: number): string {
  return write(way, secret, Math.max(0, Math.floor(seconds)))
}

/** The value of `Set-Cookie` that takes it away. */
export function endOfCookie(way: Pick<Way, 'protocol'>): string {
  return write(way, '', 0)
}

/** The session's secret in a `Cookie` header. Where there are two, one of them was planted: neither counts. */
export function readSessionCookie(
  way: Pick<Way, 'protocol'>,
  header: string | undefined,
): string | undefined {
  const begin = `${nameFor(way)}=`
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(begin))
    .map((pair) => pair.slice(begin.length))
  return values.length === 1 && values[0] !== '' ? values[0] : undefined
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether the browser says that a page of this registry, or its user, made the request. */
function isFromHere(headers: IncomingHttpHeaders, way: Way): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const { origin } = headers
  return origin === undefined || origin === `${way.protocol}://${way.host}`
}

/**
 * Whether a request that a session came with may do what it asks for: it only reads, or was made by a
 * page of this registry, which proves that with the session's own token. To be asked after the session
 * was found to be valid.
 */
export function mayAct(
  { method, headers }: { readonly method: string; readonly headers: IncomingHttpHeaders },
  way: Way,
  session: string,
): boolean {
  if (safeMethods.has(method)) return true
  const token = headers[csrfHeader]
  return isFromHere(headers, way) && typeof token === 'string' && isCsrfToken(session, token)
}
