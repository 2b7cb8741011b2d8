import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { unlessAbsent } from '../blobs/filesystem/absence.ts'
import { keysIn, prefixes } from '../blobs/filesystem/fan-out.ts'
import type { StorageKey } from '../blobs/store.ts'
import type { BlobObject } from '../metadata/sqlite/contents.ts'
import type { FrozenMetadata } from '../metadata/sqlite/frozen.ts'
import type { Places } from './places.ts'
import type { Tally } from './progress.ts'
import { findUnfit } from './sizes.ts'
import { inSlices } from './slices.ts'
import type { Transfer } from './transfer.ts'

export interface CollectOptions {
  readonly source: Places
  readonly target: Places
  /** Copies where `true`, and nothing in the target may share its bytes with the source. */
  readonly copy: boolean
  readonly transfer: Transfer
  readonly metadata: FrozenMetadata
  readonly tally: Tally
}

/** Links are quick, and copies keep a disk busy by themselves. */
const width = { links: 32, copies: 2 } as const

/**
 * A registry under work replaces and removes objects at any moment; each that is asked for again is
 * a chance of milliseconds. More often than this there is something else wrong.
 */
const patience = 1000

/** Brings a running registry's objects into a backup. It only ever adds. */
export interface Collection {
  /** Everything that lies in the source. Resolves when the bulk of the work is done. */
  gather(): Promise<void>
  /**
   * Moves the metadata on until every object that it names is in the target. What it still names a
   * while after it was found missing will never come: keys are not used again.
   * Gives a time up to which everything acknowledged is in that state.
   */
  complete(): Promise<Date>
  /** Blobs of the metadata's present state whose object is missing or cut short, in both trees. */
  check(): Promise<readonly BlobObject[]>
}

export function createCollection(options: CollectOptions): Collection {
  const { source, target, copy, transfer, metadata, tally } = options
  const have = new Set<StorageKey>()

  /** False if it is not in the source. */
  async function bring(key: StorageKey): Promise<boolean> {
    const to = join(target.blobs, key)
    const placed = await transfer.place(join(source.blobs, key), to)
    if (placed === undefined) return false
    have.add(key)
    tally.add(placed, (await stat(to)).size)
    return true
  }

  /** Gives those that are not in the source. */
  async function bringAll(keys: readonly StorageKey[]): Promise<ReadonlySet<StorageKey>> {
    const brought = await inSlices(keys, copy ? width.copies : width.links, bring)
    return new Set(keys.filter((_, i) => !brought[i]))
  }

  /**
   * What the metadata names and the target lacks, without what was seen to be gone before this state:
   * that is lost, as `check` will tell.
   */
  function namedAnew(gone: ReadonlySet<StorageKey>): readonly StorageKey[] {
    const wanted: StorageKey[] = []
    for (const key of metadata.keys()) if (!have.has(key) && !gone.has(key)) wanted.push(key)
    return wanted
  }

  async function isShared(key: StorageKey): Promise<boolean> {
    const [from, to] = await Promise.all(
      [source, target].map(({ blobs }) => unlessAbsent(stat(join(blobs, key)))),
    )
    return from !== undefined && from.ino === to?.ino && from.dev === to.dev
  }

  /** What the target has already and can keep. */
  async function keep(prefix: string): Promise<void> {
    const keys = await keysIn(target.blobs, prefix)
    if (keys.length > 0) transfer.keep(join(target.blobs, prefix))
    const shared = await inSlices(keys, width.links, async (key) => copy && isShared(key))
    for (const key of keys.filter((_, i) => !shared[i])) {
      have.add(key)
      tally.add('kept', 0)
    }
  }

  return {
    async gather() {
      for (const prefix of prefixes) {
        await keep(prefix)
        const keys = await keysIn(source.blobs, prefix)
        await bringAll(keys.filter((key) => !have.has(key)))
      }
    },

    async complete() {
      let absent: ReadonlySet<StorageKey> = new Set()
      for (let round = 0; round < patience; round++) {
        const time = new Date()
        metadata.renew()
        const gone = await bringAll(namedAnew(absent))
        if (gone.size === 0) return time
        absent = new Set([...absent, ...gone])
      }
      throw new Error('the registry changes faster than it can be copied; try at a quieter time')
    },

    async check() {
      const missing: BlobObject[] = []
      for (const prefix of prefixes) {
        const unfit = await findUnfit(target.blobs, metadata.blobs(prefix))
        await bringAll(unfit.map(({ key }) => key))
        missing.push(...(await findUnfit(target.blobs, unfit)))
      }
      return missing
    },
  }
}
