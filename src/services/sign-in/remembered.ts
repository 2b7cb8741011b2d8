import { createHmac, randomBytes } from 'node:crypto'
import type { AccessTable } from '../../../storage/metadata/access/store.ts'
import type { Identity } from '../../access/identity.ts'
import type { SignInAttempt, SignInOutcome } from '../../access/sign-in.ts'
import { networkOf } from './network.ts'
import type { SignIn } from './sign-in.ts'

export interface RememberedDeps {
  /** Asked for what is not remembered. */
  readonly signIn: SignIn
  readonly access: Pick<AccessTable, 'version' | 'account'>
  /** Milliseconds; never goes back. */
  readonly clock?: () => number
  readonly capacity?: number
}

interface Entry {
  /** A name from a network. */
  readonly owner: string
  readonly until: number
  identity: Identity
  /** That of the book of access, when the account was last looked at. */
  version: number
}

/** Milliseconds. */
const lifetime = 60_000

/**
 * Remembers for a minute who has just signed in, for clients that send name and password with each
 * request. Of the password only an HMAC with a key of this process is kept. What changes the account
 * ends it at once; a failure of the same name from the same network, too: who guesses passwords must
 * never find the right one here, where attempts are not counted.
 */
export function createRemembered(deps: RememberedDeps): SignIn {
  const { signIn, access, clock = () => performance.now(), capacity = 1000 } = deps
  const secret = randomBytes(32)
  const entries = new Map<string, Entry>()
  /** The same one asked for at the same time is checked once. */
  const underWay = new Map<string, Promise<SignInOutcome>>()

  const digest = (...texts: readonly string[]) =>
    createHmac('sha256', secret).update(JSON.stringify(texts)).digest('base64')

  async function stillHolds(entry: Entry): Promise<boolean> {
    const version = await access.version()
    if (version === entry.version) return true
    const known = entry.identity.account
    const account = known && (await access.account(known.name))
    if (account?.id !== known?.id || account?.epoch !== known?.epoch) return false
    if (!account || account.disabled) return false
    entry.identity = { ...entry.identity, account }
    entry.version = version
    return true
  }

  async function find(key: string): Promise<Identity | undefined> {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    if (entry.until > clock() && (await stillHolds(entry))) return entry.identity
    entries.delete(key)
    return undefined
  }

  function keep(key: string, entry: Entry): void {
    entries.delete(key)
    entries.set(key, entry)
    const [oldest] = entries.keys()
    if (entries.size > capacity && oldest !== undefined) entries.delete(oldest)
  }

  function forget(owner: string): void {
    for (const [key, entry] of entries) if (entry.owner === owner) entries.delete(key)
  }

  async function ask(key: string, owner: string, attempt: SignInAttempt): Promise<SignInOutcome> {
    // Before the answer: a change in between makes the account be looked at again.
    const version = await access.version()
    const outcome = await signIn.check(attempt)
    if ('refused' in outcome) forget(owner)
    else keep(key, { owner, version, identity: outcome.identity, until: clock() + lifetime })
    return outcome
  }

  function askOnce(key: string, owner: string, attempt: SignInAttempt): Promise<SignInOutcome> {
    const asked = underWay.get(key)
    if (asked !== undefined) return asked
    const asking = ask(key, owner, attempt).finally(() => underWay.delete(key))
    underWay.set(key, asking)
    return asking
  }

  return {
    async check(attempt) {
      const name = attempt.name.toLowerCase()
      const network = networkOf(attempt.client)
      const key = digest(name, network, attempt.secret)
      const identity = await find(key)
      return identity ? { identity } : askOnce(key, digest(name, network), attempt)
    },
  }
}
