/** What bcrypt looks at; further bytes of a password would change nothing. */
export const bcryptBytes = 72

/** The work of a check doubles with each step; twelve times as much as the usual 10 is a minute. */
const maxCost = 16

const form = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

/** The cost in a text that is a bcrypt hash we can check; `undefined` for any other. */
export function bcryptCost(text: string): number | undefined {
  const cost = Number(form.exec(text)?.[1] ?? 0)
  return cost >= 4 && cost <= maxCost ? cost : undefined
}

/** Whether bcrypt would tell this password from all others: it takes 72 bytes, and ends at a zero. */
export function isWholeForBcrypt(password: string): boolean {
  return Buffer.byteLength(password) <= bcryptBytes && !password.includes('\0')
}

/** A hash of nobody's password: 22 characters of salt and 31 of key, with unused bits clear. */
export function bcryptDecoy(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`
}
