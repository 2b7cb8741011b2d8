import type { AccessTable, PasswordRecord } from '../../../storage/metadata/access/store.ts'
import type { Account } from '../../access/identity.ts'
import type { SignInAttempt, SignInOutcome } from '../../access/sign-in.ts'
import { busySeconds, type Passwords } from '../passwords/create.ts'
import type { Attempts } from './attempts.ts'
import { networkOf } from './network.ts'
import type { SignInNotes } from './notes.ts'
import type { SignIn } from './sign-in.ts'
import { isTokenText } from './token-text.ts'

export interface PasswordSignInDeps {
  readonly access: Pick<AccessTable, 'password' | 'renewPassword'>
  readonly passwords: Passwords
  readonly attempts: Attempts
  readonly notes: SignInNotes
  /** Notes that somebody signed in. */
  readonly seen?: (account: Account) => void
  readonly onFailure: (error: unknown) => void
}

const wrong: SignInOutcome = { refused: 'wrong' }

/** No account has a longer name. */
const longestName = 64

/** What counts failures is kept by name; what can be none is kept as one. */
function accountName(typed: string): string {
  const name = typed.toLowerCase()
  return name.length > longestName ? '' : name
}

/** The account, if it is the one that was looked at before, with the same password, and may sign in. */
function accountIn(now: PasswordRecord | undefined, before: PasswordRecord): Account | undefined {
  if (now?.account.id !== before.account.id || now.hash !== before.hash) return undefined
  return now.account.disabled ? undefined : now.account
}

/** What came of a check. */
interface Judged {
  /** Too much is being checked. */
  readonly busy?: true
  /** Whose password it was to be. */
  readonly known?: string | undefined
  /** Whose it is. */
  readonly account?: Account | undefined
}

/**
 * Checks passwords, in one process for all, so that failures are counted together. Secrets that have
 * the form of a token come here when they open nothing: they fail, without any hash.
 */
export function createPasswordSignIn(deps: PasswordSignInDeps): SignIn {
  const { access, passwords, attempts, notes, seen, onFailure } = deps

  /** While the password is at hand, its hash is made anew; those of a file are as they are there. */
  async function renew(account: Account, old: string, password: string): Promise<void> {
    if (account.source !== 'local') return
    try {
      await access.renewPassword(account.name, old, await passwords.hash(password))
    } catch (error) {
      onFailure(error)
    }
  }

  /** What was changed while the password was checked counts. */
  async function judge(name: string, secret: string, network: string): Promise<Judged> {
    const record = name === '' ? undefined : await access.password(name)
    const verdict = await passwords.verify(record?.hash, secret, network)
    if (verdict === undefined) return { busy: true }
    if (record === undefined || !verdict.fits) return { known: record?.account.name }
    const account = accountIn(await access.password(name), record)
    if (account && verdict.outdated) void renew(account, record.hash, secret)
    return { known: record.account.name, account }
  }

  async function attempt(name: string, from: SignInAttempt, network: string) {
    const begun = attempts.begin(name, network)
    if ('retryAfterSeconds' in begun) {
      // The name may be of nobody, so it is not written down.
      notes.throttled(undefined, from)
      return { refused: 'throttled', ...begun } as const
    }
    if (isTokenText(from.secret)) {
      notes.failed(undefined, from)
      return wrong
    }
    const judged = await judge(name, from.secret, network).catch((error: unknown) => {
      begun.passed()
      throw error
    })
    if (judged.busy) {
      begun.passed()
      return { refused: 'throttled', retryAfterSeconds: busySeconds } as const
    }
    const { account } = judged
    if (account === undefined) {
      notes.failed(judged.known, from)
      return wrong
    }
    begun.passed()
    const identity = { account, credential: 'password', scopes: undefined, catalog: true } as const
    notes.signedIn(identity, from)
    seen?.(account)
    return { identity }
  }

  return {
    check: (from) => attempt(accountName(from.name), from, networkOf(from.client)),
  }
}
