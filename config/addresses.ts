/**
 * Checks of addresses. Each returns `undefined` for a good value, else a sentence that says what is
 * wrong and what to write.
 */
import { isIP } from 'node:net'

const hostName = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/i

/** An address or name to listen on: no port, no brackets. */
export function hostProblem(text: string): string | undefined {
  if (isIP(text) !== 0) return undefined
  const shown = JSON.stringify(text)
  if (/^\[.*\]$/.test(text)) return `${shown} has brackets; write ${text.slice(1, -1)}`
  if (text.includes(':')) {
    return `${shown} is not an address or host name; the scheme is left out and the port goes to http.port`
  }
  if (hostName.test(text) && !/^[\d.]+$/.test(text)) return undefined
  return `${shown} is not an address or host name; write one such as 0.0.0.0, :: or localhost`
}

/**
 * An absolute http or https URL without user, query, fragment or final slash, in the form `new URL`
 * gives it: it is copied into headers, where a stray quote would end a parameter.
 */
export function publicUrlProblem(text: string): string | undefined {
  const shown = JSON.stringify(text)
  if (!/^https?:\/\//i.test(text)) {
    return `${shown} is not an absolute http or https URL; write one such as https://registry.example.com`
  }
  if (!URL.canParse(text)) return `${shown} is not a URL; write one such as https://example.com`
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return 'it names a user or password; remove them'
  if (/[?#]/.test(text)) return `${shown} has a query or fragment; remove it`
  if (text.endsWith('/')) return `${shown} ends in a slash; remove it`
  const canonical = url.href.replace(/\/$/, '')
  return canonical === text ? undefined : `${shown} is not in its plain form; write ${canonical}`
}

/** An IP address or CIDR network whose word about the client is believed; never everyone's. */
export function trustedProxyProblem(text: string): string | undefined {
  const shown = JSON.stringify(text)
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = isIP(address) === 6 ? 128 : 32
  if (isIP(address) === 0 || address.includes('%') || rest.length > 0) {
    return `${shown} is not an IP address or CIDR network; write one such as 10.0.0.7 or 10.0.0.0/8`
  }
  if (isMappedIPv4(address)) return `${shown} is an IPv4 address in IPv6 form; write it as IPv4`
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)) {
    return `${shown} has no prefix length from 1 to ${bits}; write one such as ${address}/${bits}`
  }
  if (isCatchAll(address, prefix)) {
    return `${shown} would trust every client to say who it is; list only the addresses of your proxies`
  }
  return undefined
}

function isCatchAll(address: string, prefix: string | undefined): boolean {
  if (prefix !== undefined) return Number(prefix) === 0
  return address === '0.0.0.0' || canonicalIPv6(address) === '[::]'
}

/** `::ffff:0:0/96` would be a catch-all in disguise, as all of IPv4 lies in it. */
function isMappedIPv4(address: string): boolean {
  return /^\[::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}\]$/.test(canonicalIPv6(address) ?? '')
}

function canonicalIPv6(address: string): string | undefined {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname : undefined
}
