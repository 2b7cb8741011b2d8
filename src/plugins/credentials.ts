/** What a client says in `Authorization` (RFC 9110 §11.6.2). */
export type Credentials =
  /** Nothing, or an empty name with an empty password: nobody in particular. */
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly name: string; readonly secret: string }
  | { readonly kind: 'bearer'; readonly token: string }
  /** Something that can't be read: never the same as nothing. */
  | { readonly kind: 'malformed' }

const none: Credentials = { kind: 'none' }
const malformed: Credentials = { kind: 'malformed' }

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(base64: string): string | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined
  try {
    return decoder.decode(Buffer.from(base64, 'base64'))
  } catch {
    return undefined
  }
}

function readBasic(base64: string): Credentials {
  const text = textOf(base64)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon === -1) return malformed
  const name = text.slice(0, colon)
  const secret = text.slice(colon + 1)
  return name === '' && secret === '' ? none : { kind: 'basic', name, secret }
}

export function readCredentials(header: string | undefined): Credentials {
  if (header === undefined) return none
  // A signed token, as clients send it: what else it could be is found out when it is verified.
  if (header.startsWith('Bearer ey')) return { kind: 'bearer', token: header.slice(7) }
  const [, scheme, value] = /^(basic|bearer) +([\w.~+/=-]+) *$/i.exec(header) ?? []
  if (scheme === undefined || value === undefined) return malformed
  return scheme.toLowerCase() === 'basic' ? readBasic(value) : { kind: 'bearer', token: value }
}
