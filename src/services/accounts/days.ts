import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Accounts } from './create.ts'
import type { StorageLine } from './reconcile.ts'

/** Writes down what is stored, once a day. Days are those of UTC. */
export interface StorageDays {
  /** Records today if nobody has yet. `signal` gives it up. */
  round(signal?: AbortSignal): Promise<StorageRound>
}

export interface StorageRound {
  /** What was found; `undefined` if today is recorded already. */
  readonly recorded: StorageLine | undefined
  /** Milliseconds until the next day. */
  readonly nextIn: number
}

export interface StorageDaysDeps {
  readonly metadata: Pick<MetadataStore, 'accounts'>
  readonly accounts: Pick<Accounts, 'logical' | 'reconcile'>
  readonly now?: () => number
}

const dayMs = 86_400_000

export function createStorageDays(deps: StorageDaysDeps): StorageDays {
  const { accounts, now = Date.now } = deps
  const table = deps.metadata.accounts

  async function record(day: string, at: number, signal?: AbortSignal): Promise<StorageLine> {
    const logical = await accounts.logical({}, signal)
    const line = await accounts.reconcile(signal)
    const { stored: _, ...counts } = await table.registry()
    const { difference: _difference, unknown, undoManifestBytes, ...bytes } = line
    await table.recordDay({ day, at, logical, ...counts, ...bytes })
    return line
  }

  return {
    async round(signal) {
      const time = now()
      const day = new Date(time).toISOString().slice(0, 10)
      const [known] = await table.days(day, day, 1)
      const recorded = known ? undefined : await record(day, time, signal)
      return { recorded, nextIn: dayMs - (time % dayMs) }
    },
  }
}
