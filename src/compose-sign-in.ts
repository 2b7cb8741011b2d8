import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config/schema.ts'
import type { MetadataStore } from '../storage/metadata/store.ts'
import type { ActivityLog } from './services/activity/activity.ts'
import { createMountedHtpasswd, type MountedHtpasswd } from './services/htpasswd/mounted.ts'
import { createPasswords, type Passwords } from './services/passwords/create.ts'
import { createSetUp, type SetUp } from './services/set-up/create.ts'
import { createAttempts } from './services/sign-in/attempts.ts'
import { createSignInNotes } from './services/sign-in/notes.ts'
import { createPasswordSignIn } from './services/sign-in/passwords.ts'
import type { SignIn } from './services/sign-in/sign-in.ts'
import { createUses } from './services/sign-in/uses.ts'

/** What only one process of a registry may do: it counts failures, and knows the set-up code. */
export interface MainSignIn {
  readonly passwordSignIn: SignIn
  /** How many are hashed at a time is counted here. */
  readonly passwords: Passwords
  readonly setUp: SetUp
  readonly htpasswd: MountedHtpasswd
  /** Removes refresh tokens, sessions and secrets of tokens that have ended; gives how many. */
  forgetEnded(): Promise<number>
  /** Writes what was noted of people who signed in. */
  settleSignIn(): Promise<void>
}

export interface MainSignInDeps {
  readonly metadata: Pick<MetadataStore, 'access' | 'secrets'>
  readonly activity: Pick<ActivityLog, 'note'>
}

/** In one transaction: a few milliseconds. */
const forgottenAtOnce = 500

export function composeSignIn(
  { auth }: Config,
  logger: FastifyBaseLogger,
  { metadata: { access, secrets }, activity }: MainSignInDeps,
): MainSignIn {
  const passwords = createPasswords()
  const seen = createUses({
    write: (uses) => access.seen(uses.map(({ key, at }) => ({ account: key, at }))),
    onFailure: (error) => logger.error({ err: error }, 'who signed in could not be noted'),
  })
  const passwordSignIn = createPasswordSignIn({
    access,
    passwords,
    attempts: createAttempts(auth),
    notes: createSignInNotes({ activity }),
    seen: ({ name }) => seen.note(name),
    onFailure: (error) => logger.error({ err: error }, 'a password hash could not be made anew'),
  })
  const htpasswd = createMountedHtpasswd({
    access,
    file: auth.htpasswd,
    onRead({ users, problems, taken }) {
      const file = auth.htpasswd
      for (const { line, message } of problems) logger.warn(`${file}:${line}: ${message}`)
      for (const name of taken) {
        logger.warn(`${file}: ${name} is left out: an account or a group here has that name`)
      }
      logger.info({ users }, 'read the htpasswd file')
    },
    onFailure: (error) =>
      logger.error({ err: error }, 'the htpasswd file is not read; who was in it may go on'),
  })
  const setUp = createSetUp({ access, passwords, activity })
  async function forgetEnded(): Promise<number> {
    const now = Date.now()
    let forgotten = 0
    for (;;) {
      const removed = await secrets.forget(now, forgottenAtOnce)
      forgotten += removed
      if (removed < forgottenAtOnce) return forgotten
    }
  }
  return { passwordSignIn, passwords, setUp, htpasswd, forgetEnded, settleSignIn: seen.settle }
}
