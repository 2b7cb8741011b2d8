import type { Contender } from './contenders/contender.ts'
import type { Server } from './process/server.ts'
import type { Scale } from './scale.ts'

export type ToolName = 'wrk' | 'go' | 'dockerd' | 'skopeo'

/** What one measurement gave. */
export interface Sample {
  /** In the work's unit. */
  readonly value: number
  /** How much was done, in what the work counts CPU time by: GB, or thousands of requests. */
  readonly amount: number
  /** Further numbers worth a line, such as percentiles. */
  readonly details?: Readonly<Record<string, number>>
}

/** Measures once; content that must be new takes it from the round. Any wrong answer rejects. */
export type Measure = (round: number) => Promise<Sample>

/** A contender that runs, with data of its own. */
export interface Target {
  readonly contender: Contender
  /** `127.0.0.1:port`. */
  readonly host: string
  readonly url: string
  readonly root: string
  pid(): number
  /** Stops it and starts it again on its data. */
  restart(): Promise<Server>
  /** Starts it again on an empty data directory. */
  renew(): Promise<void>
  /** Says something about this contender below the table; once, however often it is said. */
  note(text: string): void
}

export interface Bench {
  readonly scale: Scale
  /** Of this work, for whatever it needs; removed afterwards. */
  readonly directory: string
  /** Paths of load generators; those a work needs are there. */
  readonly wrk: string
  readonly client: string
  /** Ends with the work. */
  teardown(action: () => unknown): void
}

export interface Work {
  readonly name: string
  /** For tables: what is done. */
  readonly title: string
  readonly unit: 'MB/s' | '1/s' | 'ms' | 's' | 'MB'
  readonly better: 'more' | 'less'
  /** What CPU time is counted by; absent if it means nothing here. */
  readonly per?: 'GB' | '1000 requests' | '1000 images'
  readonly needs: readonly ToolName[]
  /** At most so many rounds, because one takes long. */
  readonly rounds?: number
  /** Everything is written to the disk before each measurement, so that nobody pays for others. */
  readonly writes?: boolean
  /** Servers of files can't do it. */
  readonly registriesOnly?: boolean
  /** Why this contender can't do it. */
  lacks?(contender: Contender): string | undefined
  /**
   * Fills a data directory before the start. Contenders of one format then share it, so the work may
   * only read.
   */
  fill?(contender: Contender, root: string, scale: Scale): Promise<void>
  prepare(target: Target, bench: Bench): Promise<Measure>
  /** Comes before each measurement and is not measured. */
  before?(target: Target, bench: Bench): Promise<void>
}
