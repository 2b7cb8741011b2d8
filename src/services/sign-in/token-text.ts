import { createHash } from 'node:crypto'

const form = /^lht_[A-Za-z0-9_-]{43}$/

/** Whether a text has the form of a personal or robot token: 32 random bytes after a prefix. */
export function isTokenText(secret: string): boolean {
  return form.test(secret)
}

/** What is stored of a secret of 32 random bytes: nobody finds those by trying, however fast. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
