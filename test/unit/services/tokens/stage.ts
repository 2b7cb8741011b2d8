import type { Account, Identity } from '../../../../src/access/identity.ts'
import { createBearerTokens } from '../../../../src/services/tokens/create.ts'
import { createKeyKeeper, type KeyKeeper } from '../../../../src/services/tokens/keys.ts'
import type { KeyStore } from '../../../../storage/keys/store.ts'

export const alice: Account = {
  id: 7,
  name: 'alice',
  kind: 'person',
  source: 'local',
  admin: false,
  disabled: false,
  epoch: 3,
}

export const signedIn: Identity = {
  account: alice,
  credential: 'password',
  scopes: undefined,
  catalog: true,
}

export const start = Date.UTC(2026, 0, 1)
export const hour = 3_600_000

/** A file of keys in memory that counts how often it was read. */
export function createMemoryStore(): KeyStore & { text: string | undefined; reads: number } {
  const store = {
    text: undefined as string | undefined,
    reads: 0,
    async read() {
      store.reads += 1
      return store.text
    },
    async write(text: string) {
      store.text = text
    },
    async remove() {
      store.text = undefined
    },
  }
  return store
}

export interface Stage {
  readonly store: ReturnType<typeof createMemoryStore>
  readonly keys: KeyKeeper
  readonly tokens: ReturnType<typeof createBearerTokens>
  /** Both clocks. */
  readonly time: { now: number }
}

export async function setStage(rotation = 24 * hour): Promise<Stage> {
  const time = { now: start }
  const now = () => time.now
  const store = createMemoryStore()
  const keys = createKeyKeeper({ store, rotation, now, clock: now })
  await keys.keep()
  const tokens = createBearerTokens({ keys, service: 'layerhouse', lifetime: 300_000, now })
  return { store, keys, tokens, time }
}

export const accountOf = (id: number): Account | undefined => (id === alice.id ? alice : undefined)
