import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { algorithms } from '../../../src/oci/digest.ts'
import type { StorageKey } from '../store.ts'
import { unlessAbsent } from './absence.ts'
import { isStorageKey } from './layout.ts'

/** The directories objects lie in, below `blobs`, as the beginning of their keys: `sha256/ab/`. */
export const prefixes: readonly string[] = algorithms
  .toSorted()
  .flatMap((algorithm) =>
    Array.from({ length: 256 }, (_, i) => `${algorithm}/${i.toString(16).padStart(2, '0')}/`),
  )

/** Keys of the objects in one of them, in no order. */
export async function keysIn(blobs: string, prefix: string): Promise<readonly StorageKey[]> {
  const names = (await unlessAbsent(readdir(join(blobs, prefix)))) ?? []
  return names.map((name) => prefix + name).filter(isStorageKey)
}
