import { createHash, randomInt, timingSafeEqual } from 'node:crypto'

/** Without letters and digits that are taken for each other. */
const alphabet = 'ABCDEFGHJKMNPQRSTVWXYZ23456789'
const groups = 4
const groupLength = 5

/** Some 98 random bits, to be read from a terminal: `7KQ2M-…`. */
export function newSetUpCode(): string {
  const characters = Array.from({ length: groups * groupLength }, () =>
    alphabet.charAt(randomInt(alphabet.length)),
  ).join('')
  return (characters.match(new RegExp(`.{${groupLength}}`, 'g')) ?? []).join('-')
}

/** Of the code however it was typed. */
export function setUpCodeHash(typed: string): Buffer {
  const plain = typed
    .slice(0, 100)
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
  return createHash('sha256').update(plain).digest()
}

export function isSameHash(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other)
}
