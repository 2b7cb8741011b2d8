import { type BinaryLike, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** What one hash costs: 128 · N · r bytes of memory, and p times that much reading of it. */
export interface ScryptCost {
  readonly logN: number
  readonly r: number
  readonly p: number
}

export interface ScryptHash {
  readonly cost: ScryptCost
  readonly salt: Buffer
  readonly key: Buffer
}

/** 32 MiB a hash, and as much work as the 128 MiB that are usual; see decision 017. */
export const presentCost: ScryptCost = { logN: 15, r: 8, p: 3 }

const saltBytes = 16
const keyBytes = 32
/** A row that somebody has tampered with must not take all memory. */
const maxMemory = 128 * 1024 * 1024
const maxParallel = 16

const form =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/

function derive(password: BinaryLike, salt: Buffer, { logN, r, p }: ScryptCost): Promise<Buffer> {
  const N = 2 ** logN
  // OpenSSL counts some blocks beside the table.
  const maxmem = 128 * r * (N + p + 2) + 1024
  return new Promise((resolve, reject) => {
    scrypt(password, salt, keyBytes, { N, r, p, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

/** `undefined` if the text is no scrypt hash, or one that would take too much memory. */
export function readScrypt(text: string): ScryptHash | undefined {
  const [, logN, r, p, salt, key] = form.exec(text) ?? []
  if (salt === undefined || key === undefined) return undefined
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) }
  if (cost.logN < 1 || cost.r < 1 || cost.p < 1 || cost.p > maxParallel) return undefined
  if (128 * cost.r * 2 ** cost.logN > maxMemory) return undefined
  return { cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') }
}

/** `$scrypt$ln=15,r=8,p=3$salt$key`, both in base64 without padding. */
export async function hashWithScrypt(password: string, cost = presentCost): Promise<string> {
  const salt = randomBytes(saltBytes)
  const key = await derive(password, salt, cost)
  return `$scrypt$ln=${cost.logN},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(key)}`
}

export async function fitsScrypt({ cost, salt, key }: ScryptHash, password: string) {
  return timingSafeEqual(await derive(password, salt, cost), key)
}

/** One that nobody has the password of, and that costs as much as any of its kind. */
export function scryptDecoy(cost: ScryptCost): ScryptHash {
  return { cost, salt: randomBytes(saltBytes), key: randomBytes(keyBytes) }
}
