import type { AccessTable, SecretTable } from '../../../storage/metadata/access/store.ts'
import type { ActivityLog } from '../activity/activity.ts'
import { createSignInNotes } from './notes.ts'
import { createRemembered } from './remembered.ts'
import type { SignIn } from './sign-in.ts'
import { createTokenSignIn } from './tokens.ts'
import { createUses } from './uses.ts'

export interface SignInDeps {
  readonly access: Pick<AccessTable, 'version' | 'account'>
  readonly secrets: Pick<SecretTable, 'find' | 'used'>
  /** Checks passwords, in the main process; see `createPasswordSignIn`. */
  readonly passwordSignIn: SignIn
  readonly activity?: Pick<ActivityLog, 'note'> | undefined
  readonly onFailure: (error: unknown) => void
}

/** Sign-in as each process has it. */
export interface ProcessSignIn extends SignIn {
  /** Writes what was noted of tokens that were used. */
  settle(): Promise<void>
}

/** Tokens are looked up here; passwords are checked by the main process, and remembered for a minute. */
export function createSignIn(deps: SignInDeps): ProcessSignIn {
  const { access, secrets, passwordSignIn, activity, onFailure } = deps
  const notes = createSignInNotes({ activity })
  const uses = createUses({
    write: (items) => secrets.used(items.map(({ key, at }) => ({ hash: key, at }))),
    onFailure,
  })
  const findToken = createTokenSignIn({ secrets, used: uses.note })
  const remembered = createRemembered({ signIn: passwordSignIn, access })
  return {
    async check(attempt) {
      const identity = await findToken(attempt)
      if (identity === undefined) return remembered.check(attempt)
      notes.signedIn(identity, attempt)
      return { identity }
    },
    settle: uses.settle,
  }
}
