import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/schema.ts'

/** A server makes what is not there; who deletes or collects means what is. */
export function refuseNothing({ storage: { root } }: Config): void {
  if (['metadata.db', 'blobs'].some((name) => existsSync(join(root, name)))) return
  throw new Error(`there is no registry's data in ${root}; name its directory with --root`)
}
