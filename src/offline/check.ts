import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { openStores, openStoresForReading } from '../../storage/open.ts'
import type { CheckReport } from '../services/check/report.ts'
import { type CheckOptions, runCheck } from '../services/check/run.ts'

export type { CheckCounts, CheckReport, Finding } from '../services/check/report.ts'

export type CheckDataOptions = Pick<CheckOptions, 'repair' | 'onFinding' | 'onProgress'>

/**
 * Checks the data directory that the configuration names. Without `repair` it only reads, also beside
 * a running server.
 * @throws Error if there is no registry's data, or `repair` is wanted while a server works there.
 */
export async function checkData(config: Config, options: CheckDataOptions): Promise<CheckReport> {
  const { root } = config.storage
  if (!existsSync(join(root, 'metadata.db'))) {
    throw new Error(`there is no registry's data in ${root}; name its directory with --root`)
  }
  const stores = await (options.repair ? openStores({ root }) : openStoresForReading({ root }))
  try {
    return await runCheck({ ...stores, ...options })
  } finally {
    await stores.close()
  }
}
