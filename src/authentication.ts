import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config/schema.ts'
import type { MetadataStore } from '../storage/metadata/store.ts'
import { isAction } from './access/actions.ts'
import { type Challenge, createChallenge, serviceOf } from './plugins/challenge.ts'
import type { Access } from './services/access/access.ts'
import { createAccess } from './services/access/create.ts'
import type { ActivityLog } from './services/activity/activity.ts'
import type { Sessions } from './services/sessions/create.ts'
import type { SignIn } from './services/sign-in/sign-in.ts'
import { isTokenText, secretHash } from './services/sign-in/token-text.ts'
import type { BearerTokens } from './services/tokens/bearer.ts'
import { createBearerTokens } from './services/tokens/create.ts'
import type { Keys } from './services/tokens/keys.ts'
import { createRefreshTokens, type RefreshTokens } from './services/tokens/refresh.ts'

/** What a process needs to know who asks, where clients have to sign in. */
export interface Authentication {
  readonly access: Access
  readonly signIn: SignIn
  readonly sessions: Pick<Sessions, 'find'>
  readonly bearer: BearerTokens
  readonly refresh: RefreshTokens
  readonly challenge: Challenge
  readonly isOperator: (secret: string) => boolean
  /** The name that goes with a personal or robot token which was sent without one. */
  readonly nameOf: (token: string) => Promise<string | undefined>
  readonly activity: Pick<ActivityLog, 'note'> | undefined
}

export interface AuthenticationParts {
  readonly metadata: Pick<MetadataStore, 'access' | 'secrets'>
  readonly keys: Keys
  readonly signIn: SignIn
  readonly sessions: Pick<Sessions, 'find'>
  readonly isOperator: (secret: string) => boolean
  readonly activity?: Pick<ActivityLog, 'note'> | undefined
}

/** The same in each process. */
export function createAuthentication(
  { auth, http }: Config,
  logger: FastifyBaseLogger,
  { metadata, keys, signIn, sessions, isOperator, activity }: AuthenticationParts,
): Authentication {
  const { secrets } = metadata
  const service = serviceOf(http.publicUrl)
  const onFailure = (error: unknown) =>
    logger.error({ err: error }, 'the end of a refresh token could not be moved')
  return {
    access: createAccess({
      metadata,
      anonymousPull: auth.anonymousPull,
      htpasswdActions: auth.htpasswdActions.filter(isAction),
    }),
    signIn,
    sessions,
    bearer: createBearerTokens({ keys, service, lifetime: auth.tokenLifetime }),
    refresh: createRefreshTokens({ secrets, lifetime: auth.refreshLifetime, onFailure }),
    challenge: createChallenge({ publicUrl: http.publicUrl, service }),
    isOperator,
    async nameOf(token) {
      if (!isTokenText(token)) return undefined
      return (await secrets.find(secretHash(token)))?.account.name
    },
    activity,
  }
}
