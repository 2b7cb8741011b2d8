import { stat } from 'node:fs/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../../../config/schema.ts'
import type { Entrance } from './entrance.ts'
import { tellExpiry } from './expiry.ts'
import { readTls, type TlsFiles, type TlsMaterial } from './material.ts'

/** Milliseconds between two looks at the files. */
const lookEvery = 2000
const day = 24 * 60 * 60 * 1000

async function markOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : 'missing'
}

/** Another text whenever one of the files is another one or has other content. */
export async function fingerprintOf(files: TlsFiles): Promise<string> {
  return (await Promise.all(Object.values(files).map(markOf))).join(', ')
}

export interface WatchOptions {
  readonly files: TlsFiles
  readonly minVersion: Config['tls']['minVersion']
  readonly entrance: Pick<Entrance, 'renew'>
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** What is in force, and the files' fingerprint from before they were read. */
  readonly material: TlsMaterial
  readonly fingerprint: string
  /** Tells that the certificate ends soon; several processes use the same one. */
  readonly tellsExpiry: boolean
  /** Milliseconds; for tests. */
  readonly interval?: number
}

/** Takes certificate and key anew when they change. What can't be used leaves those before in force. */
export function watchTls(options: WatchOptions): { stop(): void } {
  const { files, minVersion, entrance, logger, interval = lookEvery } = options
  let { material, fingerprint } = options
  let failed: string | undefined
  let told = 0
  let looking = false

  function expiry(): void {
    if (!options.tellsExpiry || Date.now() - told < day) return
    told = Date.now()
    tellExpiry(material, logger)
  }

  async function renew(now: string): Promise<void> {
    try {
      material = await readTls(files, minVersion)
      entrance.renew(material)
      fingerprint = now
      told = 0
      logger.info({ validTo: material.validTo.toISOString() }, 'the certificate was read again')
    } catch (error) {
      // Two files can't be replaced at once: only what stays wrong is told of.
      if (failed !== now) failed = now
      else {
        fingerprint = now
        logger.error({ err: error }, 'the new certificate is not taken; the one before stays')
      }
    }
  }

  async function look(): Promise<void> {
    if (looking) return
    looking = true
    const now = await fingerprintOf(files)
    if (now !== fingerprint) await renew(now)
    expiry()
    looking = false
  }

  expiry()
  const timer = setInterval(() => void look(), interval)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
