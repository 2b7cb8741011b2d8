import { join } from 'node:path'
import type { Test } from 'tap'
import type { SignInAttempt, SignInOutcome } from '../../../../src/access/sign-in.ts'
import { createPasswords } from '../../../../src/services/passwords/create.ts'
import { createAttempts } from '../../../../src/services/sign-in/attempts.ts'
import { createSignInNotes } from '../../../../src/services/sign-in/notes.ts'
import { createPasswordSignIn } from '../../../../src/services/sign-in/passwords.ts'
import type { NewActivity } from '../../../../storage/metadata/activity/store.ts'
import { openSqlite } from '../../../../storage/metadata/sqlite/open.ts'

export const password = 'correct horse battery'

/** What a hash costs here. */
const cost = { logN: 4, r: 8, p: 1 }

export function attemptOf(rest: Partial<SignInAttempt> = {}): SignInAttempt {
  return { name: 'ann', secret: password, client: '192.0.2.1', agent: 'docker/27', ...rest }
}

/** `ann password`, `wrong`, or `throttled`. */
export function outcomeText(outcome: SignInOutcome): string {
  if ('refused' in outcome) return outcome.refused
  return `${outcome.identity.account?.name} ${outcome.identity.credential}`
}

/** The main process's sign-in over a store with one person, `ann`. */
export async function createWorld(t: Test) {
  const store = openSqlite({ file: join(t.testdir(), 'metadata.db') })
  t.teardown(() => store.close())
  const time = { now: 1_000_000 }
  const clock = () => time.now
  const noted: NewActivity[] = []
  const seen: string[] = []
  const checked: (string | undefined)[] = []
  const own = createPasswords({ cost })
  const passwords: typeof own = {
    ...own,
    verify(stored, ...rest) {
      checked.push(stored)
      return own.verify(stored, ...rest)
    },
  }
  const passwordHash = await own.hash(password)
  const person = { kind: 'person', source: 'local', admin: false, passwordHash } as const
  await store.access.createAccount({ name: 'ann', ...person })
  const activity = { note: (entry: NewActivity) => noted.push(entry) }
  const signIn = createPasswordSignIn({
    access: store.access,
    passwords,
    attempts: createAttempts({
      failureWindow: 60_000,
      failuresPerAccount: 3,
      failuresPerNetwork: 6,
      clock,
    }),
    notes: createSignInNotes({ activity, clock }),
    seen: ({ name }) => seen.push(name),
    onFailure: (error) => t.fail(String(error)),
  })
  return { store, time, clock, noted, seen, checked, passwords, person, activity, signIn }
}
