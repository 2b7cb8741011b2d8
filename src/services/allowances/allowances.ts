import { createSchedule } from './schedule.ts'

/** What clients may take of the registry, as all its processes see it. */
export interface Allowances {
  /** Requests to ask for at once: more than one where asking has its price. */
  readonly batch: number
  /** Asks for a number of requests for a client. */
  takeRequests(client: string, wanted: number): Given | Promise<Given>
  /** Requests that were asked for and not made. */
  giveBackRequests(unused: ReadonlyMap<string, number>): void
  /** Announces bytes for a client. @returns milliseconds after which they may be sent. */
  reserveBytes(client: string, bytes: number): number | Promise<number>
}

export interface Given {
  /** How many; fewer than were asked for, or none. */
  readonly given: number
  /** Milliseconds until there is another, if none was given. */
  readonly wait: number
}

export interface AllowanceLimits {
  /** A second; 0 sets no limit. */
  readonly requestsPerSecond: number
  readonly requestBurst: number
  /** Bytes a second; 0 sets no limit. */
  readonly bandwidth: number
}

/** Bytes that a client is sent at once are what it may be sent in this part of a second. */
const bandwidthBurst = 1 / 4

/** What a client may use in a tenth of a second, but for the smallest limits. */
export function batchOf({ requestsPerSecond, requestBurst }: AllowanceLimits): number {
  const batch = Math.floor(Math.min(requestsPerSecond / 10, requestBurst / 8, 100))
  return Math.max(1, batch)
}

/** For the main process, which counts for all. */
export function createAllowances(limits: AllowanceLimits): Allowances {
  const { requestsPerSecond, requestBurst, bandwidth } = limits
  // Without a limit nobody asks.
  const requests = createSchedule({ rate: requestsPerSecond || 1, burst: requestBurst })
  const bytes = createSchedule({ rate: bandwidth || 1, burst: bandwidth * bandwidthBurst })
  return {
    batch: 1,
    takeRequests: requests.take,
    giveBackRequests(unused) {
      for (const [client, count] of unused) requests.giveBack(client, count)
    },
    reserveBytes: bytes.reserve,
  }
}
