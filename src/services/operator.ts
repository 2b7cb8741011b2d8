import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { KeyStore } from '../../storage/keys/store.ts'

/**
 * The secret of whoever can read the data directory, which the command line sends to a running registry.
 * It is another one with each start, and of no use without the registry that made it.
 */
export interface Operator {
  readonly secret: string
  readonly isOperator: (secret: string) => boolean
  /** Puts the secret where the command line and the other processes find it. */
  publish(): Promise<void>
  withdraw(): Promise<void>
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

function comparing(secret: string): (given: string) => boolean {
  const wanted = hashOf(secret)
  return (given) => timingSafeEqual(hashOf(given), wanted)
}

export function createOperator(store: KeyStore): Operator {
  const secret = `lho_${randomBytes(32).toString('base64url')}`
  return {
    secret,
    isOperator: comparing(secret),
    publish: () => store.write(secret),
    withdraw: () => store.remove(),
  }
}

/** The same for a process that did not make the secret. */
export async function readOperator(store: KeyStore): Promise<(given: string) => boolean> {
  const secret = await store.read()
  return secret === undefined ? () => false : comparing(secret)
}
