import type { Identity } from '../../access/identity.ts'
import type { SignInAttempt } from '../../access/sign-in.ts'
import type { ActivityLog } from '../activity/activity.ts'
import { networkOf } from './network.ts'
import { createRecent } from './recent.ts'

/** What is written down of people who sign in. */
export interface SignInNotes {
  /** Of requests that each bring a name and password, the first one in a while. */
  signedIn(identity: Identity, from: From): void
  /** @param account of which there is one: anything else may be a password in the wrong place. */
  failed(account: string | undefined, from: From): void
  /** They were not even listened to; said now and then. */
  throttled(account: string | undefined, from: From): void
}

type From = Pick<SignInAttempt, 'client' | 'agent'>

export interface NoteDeps {
  readonly activity?: Pick<ActivityLog, 'note'> | undefined
  /** Milliseconds; never goes back. */
  readonly clock?: () => number
}

/** Milliseconds in which the same person at the same place is written down once. */
const signedInEvery = 10 * 60_000
const throttledEvery = 60_000
const capacity = 10_000
const longestAgent = 200

function fromOf({ client, agent }: From) {
  return { client, agent: agent?.slice(0, longestAgent) }
}

export function createSignInNotes({
  activity,
  clock = () => performance.now(),
}: NoteDeps): SignInNotes {
  const signedIn = createRecent({ interval: signedInEvery, clock, capacity })
  const throttled = createRecent({ interval: throttledEvery, clock, capacity })
  return {
    signedIn({ account, credential, token }, from) {
      const key = JSON.stringify([account?.id, credential, token, from.client])
      if (!activity || !signedIn.first(key)) return
      const detail = token === undefined ? { credential } : { credential, token }
      activity.note({ action: 'sign-in', actor: account?.name, ...fromOf(from), detail })
    },
    failed(account, from) {
      activity?.note({ action: 'sign-in-failed', actor: account, ...fromOf(from) })
    },
    throttled(account, from) {
      const key = JSON.stringify([account, networkOf(from.client)])
      if (!activity || !throttled.first(key)) return
      const detail = { throttled: true }
      activity.note({ action: 'sign-in-failed', actor: account, ...fromOf(from), detail })
    },
  }
}
