import { isIP } from 'node:net'

/** A name by which clients reach a server. */
export type ServerName =
  | { readonly kind: 'dns'; readonly text: string }
  | { readonly kind: 'ip'; readonly text: string; readonly bytes: Buffer }

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

function bytesOfV6(address: string): Buffer {
  // The parser of URLs writes every form of an address in hexadecimal groups.
  const plain = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head = '', tail] = plain.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const before = groups(head)
  const after = groups(tail ?? '')
  const middle = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const all = [...before, ...middle, ...after].map((group) => group.padStart(4, '0'))
  return Buffer.from(all.join(''), 'hex')
}

/** @throws Error if it is neither a DNS name, perhaps with `*.` before it, nor an IP address. */
export function parseServerName(given: string): ServerName {
  const text = given.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  if (isIP(text) === 4) return { kind: 'ip', text, bytes: Buffer.from(text.split('.').map(Number)) }
  if (isIP(text) === 6) return { kind: 'ip', text, bytes: bytesOfV6(text) }
  const labels = text.replace(/^\*\./, '').split('.')
  const fits = text.length <= 253 && labels.every((each) => label.test(each))
  // What ends in a number is an address with a mistake in it.
  if (fits && !/^\d+$/.test(labels.at(-1) ?? '')) return { kind: 'dns', text }
  throw new Error(
    `${JSON.stringify(given)} is neither a DNS name nor an IP address; write it without port and path, as registry.example.com or 192.0.2.7`,
  )
}
