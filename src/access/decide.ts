import type { AccessBook } from './book.ts'
import { createGivenTo, type GivenByConfiguration } from './given.ts'
import type { Account, Identity } from './identity.ts'
import type { Rights } from './rights.ts'
import { createRuleset } from './ruleset.ts'
import { nobody, refused, type Standing, standingOf, unlimited } from './standing.ts'
import { either, everything, visibleBy } from './visibility.ts'

const operator = unlimited('the operator may do everything')

const gone = refused('the account is no more')

/** So many accounts' standings are kept at most: each holds what everybody who signs in was given. */
const mostStandings = 1000

/**
 * The rights that a book gives. Whoever asks is looked up in it, so that it counts what their account
 * may do now and not what it was when they signed in. What an account may do is worked out when it is
 * first asked for.
 */
export function createRights(book: AccessBook, settings: GivenByConfiguration): Rights {
  const given = createGivenTo(book, settings)
  const everybody = createRuleset(given.everybody())
  const open = visibleBy(everybody)
  const accounts = new Map(book.accounts.map((account) => [account.id, account]))
  const standings = new Map<number, Standing>()

  function ofAccount(id: number): Standing {
    const known = standings.get(id)
    if (known !== undefined) return known
    const account = accounts.get(id)
    if (account === undefined) return gone
    const standing = standingOf(account, given)
    if (standings.size >= mostStandings) standings.clear()
    standings.set(id, standing)
    return standing
  }

  function of({ account, credential }: Identity): Standing {
    if (credential === 'operator') return operator
    return account === undefined ? nobody : ofAccount(account.id)
  }

  /** An account as it is now, of somebody who came with nothing that limits them. */
  function whole({ account, scopes }: Identity): Account | undefined {
    return account === undefined || scopes !== undefined ? undefined : accounts.get(account.id)
  }

  return {
    accountOf: (id, token) =>
      token === undefined || book.tokens.get(id)?.has(token) ? accounts.get(id) : undefined,
    decide(identity, action, repository) {
      const standing = of(identity)
      const own = standing.decide(identity, action, repository)
      if (own.allowed || !standing.open) return own
      const rule = everybody.find(repository)
      if (rule === undefined) return own
      return rule.allows(action) || identity.account === undefined ? rule.decide(action) : own
    },
    visible(identity) {
      const standing = of(identity)
      const own = standing.visible(identity)
      return standing.open ? either(own, open) : own
    },
    isAdmin(identity) {
      if (identity.credential === 'operator') return true
      const account = whole(identity)
      return account?.kind === 'person' && account.admin && !account.disabled
    },
    mayGrant: (identity, pattern) => of(identity).mayGrant(identity, pattern),
  }
}

/** Where nobody has to sign in: whoever comes may do everything. */
export const openRights: Rights = {
  accountOf: () => undefined,
  decide: () => ({ allowed: true, rule: 'nobody has to sign in (auth.mode)' }),
  visible: () => everything,
  isAdmin: () => true,
  mayGrant: () => ({ allowed: true, rule: 'nobody has to sign in (auth.mode)' }),
}
