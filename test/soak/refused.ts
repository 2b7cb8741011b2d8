import type { Reply } from './client.ts'

/** An answer in words, with the request's id where it tells it. */
export function describe({ status, body, sent, answered }: Reply): string {
  return `${status} after ${answered - sent} ms ${body.toString().slice(0, 400)}`
}

/** The registry did not do what it has to. */
export class Refused extends Error {
  constructor(what: string, reply: Reply) {
    super(`${what}: ${describe(reply)}`)
  }
}
