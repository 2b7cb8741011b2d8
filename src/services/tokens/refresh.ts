import { createHash, randomBytes } from 'node:crypto'
import type { SecretTable } from '../../../storage/metadata/access/store.ts'
import type { Identity } from '../../access/identity.ts'

/** What `docker login` keeps in the place of a password. */
export interface RefreshTokens {
  /** A new one, for whoever signed in; `undefined` if their account has changed meanwhile. */
  create(identity: Identity): Promise<string | undefined>
  /** Who was given it. Moves its end on. */
  use(text: string): Promise<Identity | undefined>
}

export interface RefreshDeps {
  readonly secrets: Pick<SecretTable, 'create' | 'find' | 'used'>
  /** Milliseconds from the last use. */
  readonly lifetime: number
  readonly now?: () => number
  /** Told if the end of one could not be moved on; it is good all the same. */
  readonly onFailure?: (error: unknown) => void
}

/** 32 random bytes, in the alphabet of base64url. */
const form = /^lhr_[\w-]{43}$/

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function createRefreshTokens(deps: RefreshDeps): RefreshTokens {
  const { secrets, lifetime, now = Date.now, onFailure } = deps
  /** An end that would move by less is left: most uses write nothing. */
  const step = Math.min(lifetime / 10, 86_400_000)

  async function moveOn(hash: string, end: number | undefined): Promise<void> {
    const at = now()
    const expiresAt = at + lifetime
    if (end === undefined || expiresAt - end < step) return
    await secrets.used([{ hash, at, expiresAt }]).catch((error: unknown) => onFailure?.(error))
  }

  return {
    async create({ account, token }) {
      if (account === undefined) return undefined
      const text = `lhr_${randomBytes(32).toString('base64url')}`
      const { name, epoch } = account
      const expiresAt = now() + lifetime
      const made = await secrets.create({
        kind: 'refresh',
        hash: hashOf(text),
        account: name,
        epoch,
        token,
        expiresAt,
      })
      return made ? text : undefined
    },
    async use(text) {
      if (!form.test(text)) return undefined
      const hash = hashOf(text)
      const found = await secrets.find(hash)
      if (found?.kind !== 'refresh') return undefined
      await moveOn(hash, found.expiresAt)
      const { account, token, scopes } = found
      const said = { account, credential: 'token', scopes, catalog: true } as const
      return token === undefined ? said : { ...said, token }
    },
  }
}
