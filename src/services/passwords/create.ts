import { OciError } from '../../oci/errors.ts'
import { type CompareBcrypt, createBcryptCompare } from './bcrypt/compare.ts'
import { bcryptCost, bcryptDecoy, isWholeForBcrypt } from './bcrypt/hash.ts'
import { createGate, type GateOptions } from './gate.ts'
import { maxBytes } from './rules.ts'
import {
  fitsScrypt,
  hashWithScrypt,
  presentCost,
  readScrypt,
  type ScryptCost,
  scryptDecoy,
} from './scrypt.ts'

/** Whether a password fits, and whether its hash should be made anew. */
export interface Verdict {
  readonly fits: boolean
  /** Made with another cost or method than a new one would be. */
  readonly outdated: boolean
}

/** Makes and checks the hashes of passwords: off the event loop, few at a time. */
export interface Passwords {
  /**
   * The text to store of a new password, which is one by `passwordProblem`.
   * @throws OciError UNAVAILABLE if too many are waiting.
   */
  hash(password: string): Promise<string>
  /**
   * Checks against a stored hash; without one it takes as long, and the password does not fit.
   * @param source who asks, e.g. a network: one of them can't take all places in the queue.
   * @returns `undefined`, at once, if too many are waiting.
   */
  verify(stored: string | undefined, password: string, source: string): Promise<Verdict> | undefined
}

export interface PasswordOptions {
  readonly cost?: ScryptCost
  readonly gate?: GateOptions
  readonly compareBcrypt?: CompareBcrypt
}

/** Two at once leave half of the four threads for files, and take 64 MiB at most. */
const usualGate: GateOptions = { atOnce: 2, waiting: 64, waitingOfOne: 32 }

/** Seconds after which a queue that is full has room again. */
export const busySeconds = 5

/** Kinds of hashes that are known; further ones cost what they cost. */
const mostKinds = 6

/** Does the work of one check, and always says no. */
type Decoy = (password: string) => Promise<unknown>

export function createPasswords(options: PasswordOptions = {}): Passwords {
  const { cost = presentCost, compareBcrypt = createBcryptCompare() } = options
  const gate = createGate(options.gate ?? usualGate)
  const present = `scrypt ${JSON.stringify(cost)}`
  const decoys = new Map<string, Decoy>()

  function learn(kind: string, decoy: Decoy): string {
    if (decoys.size < mostKinds && !decoys.has(kind)) decoys.set(kind, decoy)
    return kind
  }

  function scryptKind(of: ScryptCost): string {
    const decoy = scryptDecoy(of)
    return learn(`scrypt ${JSON.stringify(of)}`, (password) => fitsScrypt(decoy, password))
  }

  function bcryptKind(of: number): string {
    const decoy = bcryptDecoy(of)
    return learn(`bcrypt ${of}`, (password) => compareBcrypt(cut(password), decoy))
  }

  /** One that does not fit costs one hash of each kind there is: nobody learns which it was, or whether. */
  async function refuse(password: string, done: string | undefined): Promise<Verdict> {
    for (const [kind, burn] of [...decoys]) if (kind !== done) await burn(password)
    return { fits: false, outdated: false }
  }

  async function check(stored: string, password: string): Promise<Verdict> {
    const scrypt = readScrypt(stored)
    if (scrypt) {
      const kind = scryptKind(scrypt.cost)
      if (!(await fitsScrypt(scrypt, password))) return refuse(password, kind)
      return { fits: true, outdated: kind !== present }
    }
    const bcrypt = bcryptCost(stored)
    if (bcrypt === undefined) return refuse(password, undefined)
    const kind = bcryptKind(bcrypt)
    if (!isWholeForBcrypt(password)) return refuse(password, undefined)
    if (!(await compareBcrypt(password, stored))) return refuse(password, kind)
    return { fits: true, outdated: true }
  }

  scryptKind(cost)
  return {
    async hash(password) {
      const hashed = gate.pass('', () => hashWithScrypt(password, cost))
      if (hashed !== undefined) return hashed
      throw new OciError('UNAVAILABLE', {
        message: 'too many passwords are being checked; try again in a few seconds',
        headers: { 'Retry-After': String(busySeconds) },
      })
    },
    verify(stored, password, source) {
      if (Buffer.byteLength(password) > maxBytes) {
        return Promise.resolve({ fits: false, outdated: false })
      }
      return gate.pass(source, () =>
        stored === undefined ? refuse(password, undefined) : check(stored, password),
      )
    },
  }
}

/** The work of bcrypt is the same for any password; it only must be one that it takes. */
function cut(password: string): string {
  return isWholeForBcrypt(password) ? password : ''
}
