import type { Config } from '../../config/schema.ts'
import type { Damage, StorageKey, UploadId } from '../../storage/blobs/store.ts'
import type { MetadataWrite } from '../../storage/metadata/split/writes.ts'
import type { BlobRecord } from '../../storage/metadata/store.ts'
import type { SignInAttempt, SignInOutcome } from '../access/sign-in.ts'
import type { Algorithm, Digest } from '../oci/digest.ts'
import type { Given } from '../services/allowances/allowances.ts'
import type { GcCause, GcOptions, GcRun } from '../services/garbage/collector.ts'
import type { HealthState } from '../services/health.ts'
import type { Step } from '../services/pulls/step.ts'
import type { SetUpClaim, SetUpOutcome } from '../services/set-up/create.ts'
import type { SentError } from './errors.ts'

/*
 * What the processes of one registry ask of each other. The main process holds the data directory's
 * lock, accepts all connections and deals them out, writes the metadata, and keeps the order of work
 * on uploads; it answers requests, too. Workers answer requests on the connections they are given.
 */

/** What a worker has to know before it can answer. */
export interface WorkerOrder {
  readonly config: Config
  /** Unique in the registry's life; request ids begin with it. */
  readonly name: string
}

/** A worker's wish to work on an upload. */
export interface TurnWish {
  /** Its number; each is used once by a worker. */
  readonly turn: number
  readonly upload: UploadId
  /** With `body` others can end the body that is read; a `removal` ends the bodies of others. */
  readonly kind: 'plain' | 'body' | 'removal'
}

/** For `UploadTurns`: bytes by turn, `undefined` while the client is not waited for. */
export type AwaitedBytes = ReadonlyMap<number, number | undefined>

/** What a process may ask of any other. */
export interface CallsOfAll {
  /** See `TakeHash`. */
  takeHash(upload: UploadId, algorithm: Algorithm, size: number): Promise<string | undefined>
  /** See `Shared.distrust`. */
  distrust(message: string): void
  /** See `Trust.learn`. */
  learn(key: StorageKey, version: string): void
}

export interface CallsOfMain extends CallsOfAll {
  /** Resolves when the write is durable. */
  write(write: MetadataWrite): Promise<unknown>
  /** Resolves when it is the worker's turn. */
  takeTurn(wish: TurnWish): Promise<void>
  endTurn(turn: number): void
  /** See `UploadTurns.settle`. */
  settle(upload: UploadId): Promise<void>
  awaited(bytes: AwaitedBytes): void
  /** See `FollowUp`. */
  reportDamage(blob: BlobRecord, damage: Damage): void
  checkSoon(digest: Digest): void
  /** See `Health.check`. */
  checkHealth(): Promise<HealthState>
  /** See `Allowances`. */
  takeRequests(client: string, wanted: number): Given | Promise<Given>
  giveBackRequests(unused: ReadonlyMap<string, number>): void
  reserveBytes(client: string, bytes: number): number | Promise<number>
  /** See `Collector.run`. */
  collect(cause: GcCause, options?: GcOptions): Promise<GcRun>
  /** See `Pulls.follow`. */
  followPulls(steps: readonly Step[]): void
  /** A password; see `SignIn.check`. All processes count failures together that way. */
  signIn(attempt: SignInAttempt): Promise<SignInOutcome>
  /** See `SetUp.claim`. */
  claimSetUp(claim: SetUpClaim): Promise<SetUpOutcome>
  /** Connections that have come, by the number they were given with. */
  taken(connections: readonly number[]): void
  /** Those that are closed. */
  closed(connections: readonly number[]): void
}

export interface CallsOfWorker extends CallsOfAll {
  /** Resolves when connections can come. */
  start(order: WorkerOrder): Promise<void>
  /** Ends the body that is read in this turn, see `IncomingBody`. */
  interrupt(turn: number, reason: SentError): void
  /** Rejects if who wished for this turn may not remove the upload. */
  mayRemove(turn: number): Promise<void>
  /** See `Drain`. */
  announceStop(): void
  refuse(): void
  /** Requests under way. Closes connections that have none. */
  underWay(): number
  /** Ends every connection, and the process, when it has told what it has to tell. */
  end(): void
}
