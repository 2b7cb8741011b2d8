import type { ContenderName } from './contenders/names.ts'
import type { Work } from './work.ts'

/** What a contender did in one work; the lists have an entry a round. */
export interface Measured {
  readonly values: readonly number[]
  /** CPU seconds per GB, 1000 requests, …; empty where that means nothing. */
  readonly cpu: readonly number[]
  /** Bytes at most. */
  readonly peaks: readonly number[]
  readonly details: Readonly<Record<string, readonly number[]>>
  readonly notes: readonly string[]
}

/** Why there is no number. `failed`: there should be one. */
export interface Missing {
  readonly missing: string
  readonly failed: boolean
}

export type Outcome = Measured | Missing

export interface WorkResult extends Pick<Work, 'name' | 'title' | 'unit' | 'better' | 'per'> {
  readonly outcomes: Readonly<Partial<Record<ContenderName, Outcome>>>
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  /** Bytes. */
  readonly memory: number
  readonly kernel: string
}

export interface Result {
  /** ISO 8601. */
  readonly date: string
  readonly command: string
  /** Seconds. */
  readonly duration: number
  readonly machine: Machine
  /** Of contenders, clients and load generators. */
  readonly versions: Readonly<Record<string, string>>
  readonly works: readonly WorkResult[]
}

export function isMeasured(outcome: Outcome | undefined): outcome is Measured {
  return outcome !== undefined && 'values' in outcome
}
