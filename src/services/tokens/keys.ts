import type { KeyStore } from '../../../storage/keys/store.ts'
import { type KeyRing, readRing, rotateRing, writeRing } from './key-ring.ts'

export type VerifierKey = KeyRing['signer']['key']

/** The keys of signed tokens, as one process knows them. */
export interface Keys {
  /** The key that signs now. @throws Error if there is none yet, or the file is damaged. */
  signer(): Promise<KeyRing['signer']>
  /** The public key of that id. One that is not known may have come meanwhile: then it is looked for. */
  verifier(kid: string): VerifierKey | undefined | Promise<VerifierKey | undefined>
}

/** In the process that writes them. */
export interface KeyKeeper extends Keys {
  /** Makes a key if there is none, or it is time for another; gives milliseconds until it is again. */
  keep(): Promise<number>
}

export interface KeyDeps {
  readonly store: KeyStore
  /** Milliseconds that a key signs. */
  readonly rotation: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Milliseconds that only ever grow. */
  readonly clock?: () => number
}

/** Milliseconds between two looks at the file, whoever asks for what. */
const lookEvery = 1000

/** The longest `auth.tokenLifetime`, and what clocks may differ by: no token is older than that. */
const keepEarlier = 3_600_000 + 120_000

/** Reads the file when it may have changed, at most once a second. */
function createLook({ store, clock = () => performance.now() }: KeyDeps) {
  let looked = Number.NEGATIVE_INFINITY
  let ring: KeyRing | undefined
  let looking: Promise<KeyRing | undefined> | undefined

  async function read(): Promise<KeyRing | undefined> {
    const text = await store.read()
    if (text !== undefined) ring = await readRing(text)
    return ring
  }

  return {
    known: () => ring,
    learn(found: KeyRing) {
      ring = found
    },
    /** The newest that may be known now. */
    again(): Promise<KeyRing | undefined> {
      if (looking) return looking
      if (clock() - looked < lookEvery) return Promise.resolve(ring)
      looked = clock()
      looking = read().finally(() => {
        looking = undefined
      })
      return looking
    },
  }
}

/** Milliseconds until it is time for another key. A clock that was set back puts that off no further. */
function dueIn({ kept }: KeyRing, { rotation, now = Date.now }: KeyDeps): number {
  return Math.min(kept.since + rotation - now(), rotation)
}

function createKeysOn(look: ReturnType<typeof createLook>, deps: KeyDeps): Keys {
  return {
    async signer() {
      const known = look.known()
      const ring = known && dueIn(known, deps) > 0 ? known : await look.again()
      if (ring === undefined) throw new Error('there is no key yet that signs tokens')
      return ring.signer
    },
    verifier(kid) {
      const found = look.known()?.verifiers.get(kid)
      return found ?? look.again().then((ring) => ring?.verifiers.get(kid))
    },
  }
}

/** Keys that another process writes. */
export function createKeys(deps: KeyDeps): Keys {
  return createKeysOn(createLook(deps), deps)
}

export function createKeyKeeper(deps: KeyDeps): KeyKeeper {
  const { store, now = Date.now } = deps
  const look = createLook(deps)
  return {
    ...createKeysOn(look, deps),
    async keep() {
      const known = look.known() ?? (await look.again())
      if (known && dueIn(known, deps) > 0) return dueIn(known, deps)
      const next = await rotateRing(known, { now: now(), keep: keepEarlier })
      await store.write(writeRing(next))
      look.learn(next)
      return dueIn(next, deps)
    },
  }
}
