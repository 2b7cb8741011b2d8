import type { AccessTable, AccountRecord } from '../../../storage/metadata/access/store.ts'
import { nameProblem, normalName } from '../../access/names.ts'
import type { ActivityLog } from '../activity/activity.ts'
import type { Passwords } from '../passwords/create.ts'
import { passwordProblem } from '../passwords/rules.ts'
import { type Attempts, createAttempts } from '../sign-in/attempts.ts'
import { networkOf } from '../sign-in/network.ts'
import { isSameHash, newSetUpCode, setUpCodeHash } from './code.ts'

/** Makes the first administrator, for whoever can read what the registry prints when it starts. */
export interface SetUp {
  /**
   * A new code, which alone is valid from then on; `undefined` if there is an administrator. It is to
   * be shown to whoever started the registry, and kept nowhere.
   */
  open(): Promise<string | undefined>
  /** Uses the code; it is void as soon as there is an administrator, however they were made. */
  claim(claim: SetUpClaim): Promise<SetUpOutcome>
}

export interface SetUpClaim {
  readonly code: string
  readonly name: string
  readonly password: string
  /** The address it came from. */
  readonly client: string
  /** The User-Agent. */
  readonly agent?: string | undefined
}

export type SetUpOutcome =
  | { readonly account: AccountRecord }
  /** There is an administrator, or no code was given out. */
  | { readonly refused: 'closed' }
  | { readonly refused: 'wrong' }
  | { readonly refused: 'throttled'; readonly retryAfterSeconds: number }
  /** The code is right and still valid. */
  | { readonly refused: 'invalid'; readonly field: 'name' | 'password'; readonly problem: string }

export interface SetUpDeps {
  readonly access: Pick<AccessTable, 'book' | 'createFirstAdmin'>
  readonly passwords: Pick<Passwords, 'hash'>
  readonly activity?: Pick<ActivityLog, 'note'> | undefined
  readonly attempts?: Attempts
}

/** Of one network, and in all: nobody guesses a code so, but it would fill the log. */
const limits = { failureWindow: 15 * 60_000, failuresPerAccount: 0, failuresPerNetwork: 10 }

const source = 'local'

function findProblem(name: string, password: string): Refusal | undefined {
  const wrongName = nameProblem(name)
  if (wrongName !== undefined) return { refused: 'invalid', field: 'name', problem: wrongName }
  const wrongPassword = passwordProblem(password)
  if (wrongPassword === undefined) return undefined
  const problem = `the password ${wrongPassword}`
  return { refused: 'invalid', field: 'password', problem }
}

type Refusal = Extract<SetUpOutcome, { readonly refused: string }>

export function createSetUp(deps: SetUpDeps): SetUp {
  const { access, passwords, activity, attempts = createAttempts(limits) } = deps
  let code: Buffer | undefined

  async function hasAdmin(): Promise<boolean> {
    const { accounts } = await access.book()
    return accounts.some((account) => account.admin && account.source === source)
  }

  async function create({ name: typed, password, client, agent }: SetUpClaim) {
    const name = normalName(typed)
    const problem = findProblem(name, password)
    if (problem) return problem
    const passwordHash = await passwords.hash(password)
    const account = await access.createFirstAdmin({ name, kind: 'person', source, passwordHash })
    if (account === undefined && !(await hasAdmin())) {
      return { refused: 'invalid', field: 'name', problem: `the name ${name} is taken` } as const
    }
    code = undefined
    if (account === undefined) return { refused: 'closed' } as const
    const detail = { change: 'created', admin: true, with: 'set-up code' }
    activity?.note({ action: 'account', actor: name, client, agent: agent?.slice(0, 200), detail })
    return { account }
  }

  return {
    async open() {
      code = undefined
      if (await hasAdmin()) return undefined
      const shown = newSetUpCode()
      code = setUpCodeHash(shown)
      return shown
    },
    async claim(claim) {
      if (code === undefined) return { refused: 'closed' }
      const begun = attempts.begin('', networkOf(claim.client))
      if ('retryAfterSeconds' in begun) return { refused: 'throttled', ...begun }
      if (!isSameHash(code, setUpCodeHash(claim.code))) return { refused: 'wrong' }
      begun.passed()
      return create(claim)
    },
  }
}
