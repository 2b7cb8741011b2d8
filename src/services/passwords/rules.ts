import { isTokenText } from '../sign-in/token-text.ts'

const minCharacters = 12
/** What is hashed, and sent along with each request; far more than anybody types. */
export const maxBytes = 1024

/** What is wrong with a new password, as the end of a sentence; `undefined` if nothing is. */
export function passwordProblem(password: string): string | undefined {
  // As people count: a flag or an accented letter is several code points, but one of these is enough.
  const characters = [...password].length
  if (characters < minCharacters) {
    return `has ${characters} characters; at least ${minCharacters} are wanted`
  }
  if (Buffer.byteLength(password) > maxBytes) return `is longer than ${maxBytes} bytes`
  if (password.includes('\0')) return 'contains a zero byte'
  if (isTokenText(password)) return 'has the form of a token; those are made by the registry'
  return undefined
}
