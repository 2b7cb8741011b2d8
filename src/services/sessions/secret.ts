import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const form = /^lhs_[A-Za-z0-9_-]{43}$/

export function newSessionSecret(): string {
  return `lhs_${randomBytes(32).toString('base64url')}`
}

export function isSessionSecret(text: string): boolean {
  return form.test(text)
}

/** What a page of this registry sends along with each change, and no other web site can know. */
export function csrfTokenOf(session: string): string {
  return createHmac('sha256', session).update('csrf').digest('base64url')
}

export function isCsrfToken(session: string, token: string): boolean {
  const [expected, given] = [csrfTokenOf(session), token].map((text) => Buffer.from(text))
  return given?.length === expected?.length && timingSafeEqual(given as Buffer, expected as Buffer)
}
