import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, importJWK } from 'jose'

/** The one algorithm that tokens are signed with, and the only one that is taken. */
export const algorithm = 'EdDSA'

type Key = Awaited<ReturnType<typeof importJWK>>

/** A key as it is kept. All times are milliseconds since 1970. */
interface KeptKey {
  readonly kid: string
  /** The public half. */
  readonly x: string
  /** The private half; only the key that signs has it. */
  readonly d?: string
  /** An earlier key is taken until then. */
  readonly until?: number
}

/** What stands in the file: the key that signs first, then those before it. */
interface KeptRing {
  readonly version: 1
  /** When the key that signs was made. */
  readonly since: number
  readonly keys: readonly KeptKey[]
}

/** Keys that are ready for use. */
export interface KeyRing {
  readonly kept: KeptRing
  readonly signer: { readonly kid: string; readonly key: Key }
  /** Public keys by their ids. */
  readonly verifiers: ReadonlyMap<string, Key>
}

const okp = { kty: 'OKP', crv: 'Ed25519' }

function isKept(ring: Partial<KeptRing> | null): ring is KeptRing {
  const { version, since, keys } = ring ?? {}
  if (version !== 1 || typeof since !== 'number' || !Array.isArray(keys)) return false
  const whole = keys.every(
    ({ kid, x }: Partial<KeptKey>) => typeof kid === 'string' && typeof x === 'string',
  )
  return whole && typeof (keys[0] as KeptKey | undefined)?.d === 'string'
}

async function ready(kept: KeptRing): Promise<KeyRing> {
  const [first] = kept.keys as readonly [KeptKey & { readonly d: string }, ...KeptKey[]]
  const publicKeys = kept.keys.map(
    async ({ kid, x }) => [kid, await importJWK({ ...okp, x }, algorithm)] as const,
  )
  const key = await importJWK({ ...okp, x: first.x, d: first.d }, algorithm)
  return {
    kept,
    signer: { kid: first.kid, key },
    verifiers: new Map(await Promise.all(publicKeys)),
  }
}

/** @throws Error if that is no file of keys, in words without any of it. */
export async function readRing(text: string): Promise<KeyRing> {
  try {
    const kept = JSON.parse(text) as Partial<KeptRing> | null
    if (isKept(kept)) return await ready(kept)
  } catch {
    // The reason could quote the keys.
  }
  throw new Error(
    'the keys that sign tokens (keys/tokens.json in the data directory) are damaged; remove the file, and the next start makes new ones',
  )
}

export function writeRing({ kept }: KeyRing): string {
  return `${JSON.stringify(kept, undefined, 2)}\n`
}

export interface Rotation {
  readonly now: number
  /** Milliseconds that an earlier one is taken yet. */
  readonly keep: number
}

/** A new key signs from now on; the private half of the one before is forgotten. */
export async function rotateRing(
  before: KeyRing | undefined,
  { now, keep }: Rotation,
): Promise<KeyRing> {
  const pair = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true })
  const { x, d } = (await exportJWK(pair.privateKey)) as { readonly x: string; readonly d: string }
  const earlier = (before?.kept.keys ?? []).map(
    ({ kid, x: known, until = now + keep }): KeptKey => ({ kid, x: known, until }),
  )
  const kid = randomBytes(9).toString('base64url')
  return ready({
    version: 1,
    since: now,
    keys: [{ kid, x, d }, ...earlier.filter(({ until }) => until !== undefined && until > now)],
  })
}
