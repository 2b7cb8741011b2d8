import type { SignInAttempt, SignInOutcome } from '../../access/sign-in.ts'

/** Finds out whether somebody is who they say they are. */
export interface SignIn {
  /**
   * A password, or the secret of a personal or robot token in its place (with the account's name).
   * Bounded in memory and in how many are checked at a time; takes as long for names nobody has.
   */
  check(attempt: SignInAttempt): Promise<SignInOutcome>
}
