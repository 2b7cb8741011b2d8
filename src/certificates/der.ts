/*
 * As much of DER (ITU-T X.690) as a certificate needs, for writing. A value is its bytes, tag and
 * length included.
 */

function lengthOf(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size])
  const hex = size.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

function value(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

export const sequence = (...items: readonly Buffer[]): Buffer => value(0x30, ...items)
export const setOf = (item: Buffer): Buffer => value(0x31, item)
export const octets = (content: Buffer): Buffer => value(0x04, content)
export const utf8 = (text: string): Buffer => value(0x0c, Buffer.from(text))
export const truth: Buffer = value(0x01, Buffer.from([0xff]))

/** @param unused bits at the end of the last byte that mean nothing. */
export function bits(content: Buffer, unused = 0): Buffer {
  return value(0x03, Buffer.from([unused]), content)
}

/** @param magnitude big-endian; never negative. */
export function integer(magnitude: Buffer): Buffer {
  const first = magnitude.findIndex((byte) => byte !== 0)
  const digits = first === -1 ? Buffer.from([0]) : magnitude.subarray(first)
  const sign = (digits[0] as number) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0)
  return value(0x02, sign, digits)
}

/** An object identifier, from its numbers with dots between. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const groups = [number & 0x7f]
    for (let left = number >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f))
    return groups
  })
  return value(0x06, Buffer.from(bytes))
}

/** Whole seconds, in the form that RFC 5280 §4.1.2.5 wants for the year. */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`
  return date.getUTCFullYear() < 2050
    ? value(0x17, Buffer.from(digits.slice(2)))
    : value(0x18, Buffer.from(digits))
}

/** Marked as the n-th of several, around what it holds. */
export const explicit = (n: number, item: Buffer): Buffer => value(0xa0 | n, item)

/** Marked as the n-th of several, in place of its own tag. @param content without tag and length. */
export const implicit = (n: number, content: Buffer): Buffer => value(0x80 | n, content)
