import type { BlobStore } from '../../storage/blobs/store.ts'
import type { MetadataStore } from '../../storage/metadata/store.ts'
import type { Room } from './room.ts'

export type HealthState =
  | { readonly ready: true }
  /** `reason` is for a person and names no path. */
  | { readonly ready: false; readonly reason: string }

/** Whether the registry can do its work now. */
export interface Health {
  /** Tries the stores; at most once in {@link freshFor} ms, however often it is asked. */
  check(): Promise<HealthState>
}

/** Milliseconds a result stays true: probes must not become load. */
export const freshFor = 2000

export function createHealth(deps: {
  readonly metadata: Pick<MetadataStore, 'probe'>
  readonly blobStore: Pick<BlobStore, 'probe'>
  readonly room: Pick<Room, 'explain'>
  /** Whether the registry is on its way down. */
  readonly isStopping: () => boolean
  /** Told why a probe failed, in full. */
  readonly onFailure: (error: unknown) => void
}): Health {
  let checkedAt = Number.NEGATIVE_INFINITY
  let latest: Promise<HealthState> | undefined

  async function attempt(what: string, probe: () => Promise<void>): Promise<string | undefined> {
    try {
      await probe()
      return undefined
    } catch (error) {
      deps.onFailure(error)
      const failure = await deps.room.explain(error)
      return failure?.message ?? `${what} can't be used; the log tells why`
    }
  }

  async function look(): Promise<HealthState> {
    const reason =
      (await attempt('the metadata', () => deps.metadata.probe())) ??
      (await attempt('the blob store', () => deps.blobStore.probe()))
    return reason === undefined ? { ready: true } : { ready: false, reason }
  }

  return {
    async check() {
      if (deps.isStopping()) return { ready: false, reason: 'the registry is stopping' }
      if (!latest || performance.now() - checkedAt > freshFor) {
        checkedAt = performance.now()
        latest = look()
      }
      return latest
    },
  }
}
