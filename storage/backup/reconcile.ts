import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Algorithm, algorithmOf, hexOf, makeDigest, newHash } from '../../src/oci/digest.ts'
import { keysIn, prefixes } from '../blobs/filesystem/fan-out.ts'
import { readAhead } from '../blobs/filesystem/reader.ts'
import { createSlabs } from '../blobs/filesystem/slabs.ts'
import type { StorageKey } from '../blobs/store.ts'
import type { BlobObject } from '../metadata/sqlite/contents.ts'
import type { MetadataDraft } from '../metadata/sqlite/draft.ts'
import type { OnStep } from './progress.ts'
import { findUnfit } from './sizes.ts'

/** How old metadata and the objects that lie there fit together. */
export interface Reconciled {
  /** Rows that another object of the same content serves now. */
  readonly repointed: number
  /** Rows without any object; they are marked. */
  readonly missing: readonly BlobObject[]
  /** Objects that no row names; they are left. */
  readonly unnamed: number
}

const slabs = createSlabs()

/** The file's content is read whole: its name is a promise, and a lost registry had troubles. */
async function digestOfFile(path: string, algorithm: Algorithm): Promise<string> {
  const file = await open(path, 'r')
  try {
    const hash = newHash(algorithm)
    const end = (await file.stat()).size
    for await (const chunk of readAhead({ file, slabs, start: 0, end, name: path })) {
      hash.update(chunk)
    }
    return makeDigest(algorithm, hash.digest('hex'))
  } finally {
    await file.close()
  }
}

/** The first of `keys` whose object has that content. */
async function findObject(
  blobs: string,
  { digest, size, key: present }: BlobObject,
  keys: readonly StorageKey[],
): Promise<StorageKey | undefined> {
  for (const key of keys) {
    if (key === present || !key.includes(`/${hexOf(digest)}-`)) continue
    const path = join(blobs, key)
    if ((await stat(path)).size !== size) continue
    if ((await digestOfFile(path, algorithmOf(digest))) === digest) return key
  }
  return undefined
}

/**
 * Makes the rows of old metadata name objects that are there: content that was pushed again since has
 * another object now.
 */
export async function reconcile(
  blobs: string,
  draft: MetadataDraft,
  onStep?: OnStep,
): Promise<Reconciled> {
  const missing: BlobObject[] = []
  const total = draft.contents().blobs
  let repointed = 0
  let unnamed = 0
  let done = 0
  let bytes = 0
  for (const prefix of prefixes) {
    const rows = draft.blobs(prefix)
    const keys = await keysIn(blobs, prefix)
    const named = new Set(rows.map(({ key }) => key))
    for (const row of await findUnfit(blobs, rows)) {
      const key = await findObject(blobs, row, keys)
      if (key === undefined) {
        draft.markMissing(row.id)
        missing.push(row)
        continue
      }
      draft.repoint(row.id, key)
      named.add(key)
      repointed++
      bytes += row.size
    }
    unnamed += keys.filter((key) => !named.has(key)).length
    done += rows.length
    onStep?.({ what: 'blobs', done, total, bytes })
  }
  return { repointed, missing, unnamed }
}
