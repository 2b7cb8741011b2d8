import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../../../config/schema.ts'
import { createEntrance, type Entrance } from './entrance.ts'
import { readTls, tlsFilesOf } from './material.ts'
import { fingerprintOf, watchTls } from './watch.ts'

/**
 * HTTPS as the configuration has it, which follows its files; `undefined` for plain HTTP.
 * @param isMain one process tells of what concerns all of them.
 * @throws Error in words for whoever starts the registry.
 */
export async function openTls(
  { tls, http }: Pick<Config, 'tls' | 'http'>,
  logger: FastifyBaseLogger,
  isMain: boolean,
): Promise<Entrance | undefined> {
  const files = tlsFilesOf(tls)
  if (files === undefined) return undefined
  const { minVersion, clientCertificates } = tls
  const fingerprint = await fingerprintOf(files)
  const material = await readTls(files, minVersion)
  if (isMain) for (const warning of material.warnings) logger.warn(warning)
  const entrance = createEntrance({
    material,
    clientCertificates,
    handshakeTimeout: http.headersTimeout,
    logger,
  })
  const watch = watchTls({
    files,
    minVersion,
    entrance,
    logger,
    material,
    fingerprint,
    tellsExpiry: isMain,
  })
  return {
    ...entrance,
    close() {
      watch.stop()
      entrance.close()
    },
  }
}
