import type { Shared, Sharing } from '../../../storage/blobs/sharing.ts'
import { performWrite } from '../../../storage/metadata/split/writes.ts'
import type { MetadataStore } from '../../../storage/metadata/store.ts'
import type { Allowances } from '../../services/allowances/allowances.ts'
import type { Collector } from '../../services/garbage/collector.ts'
import type { Health } from '../../services/health.ts'
import type { FollowUp } from '../../services/integrity/create.ts'
import type { Trust } from '../../services/integrity/trust.ts'
import type { Pulls } from '../../services/pulls/create.ts'
import type { SetUp } from '../../services/set-up/create.ts'
import type { SignIn } from '../../services/sign-in/sign-in.ts'
import type { UploadTurns } from '../../services/upload-turns.ts'
import type { Link } from '../link.ts'
import type { CallsOfMain, CallsOfWorker } from '../protocol.ts'
import { noteBodies } from './holders.ts'
import { createMembers, type Member } from './members.ts'
import { createWorkerTurns } from './turns.ts'

/** What the main process has and its workers share. */
export interface HubParts {
  readonly metadata: MetadataStore
  readonly turns: UploadTurns
  readonly integrity: { readonly trust: Pick<Trust, 'learn'>; readonly followUp: FollowUp }
  readonly shared: Shared
  readonly collector: Pick<Collector, 'run'>
  readonly health: Health
  readonly allowances: Allowances
  readonly pulls: Pick<Pulls, 'follow'>
  /** Of people with their passwords. */
  readonly passwordSignIn: SignIn
  readonly setUp: Pick<SetUp, 'claim'>
}

/** A worker's place in the registry. */
export interface Seat {
  readonly answers: Omit<CallsOfMain, 'taken' | 'closed'>
  /** The worker listens now. */
  brief(): void
  /** The worker is no more. */
  leave(): void
}

/** Answers workers out of the main process's services, and passes on what one process learned. */
export interface Hub {
  /** For the stores of the main process. */
  readonly sharing: Sharing
  /** What the main process learned. */
  readonly onChecked: Trust['learn']
  /** Turns of the main process that the hub knows of. */
  note(turns: UploadTurns): UploadTurns
  /** Before anybody joins. */
  attach(parts: HubParts): void
  join(worker: Link<CallsOfWorker>): Seat
}

function memberOf(worker: Link<CallsOfWorker>): Member {
  return {
    takeHash: (...args) => worker.call('takeHash', ...args),
    distrust: (...args) => worker.tell('distrust', ...args),
    learn: (...args) => worker.tell('learn', ...args),
  }
}

export function createHub(): Hub {
  const members = createMembers()
  let parts: HubParts | undefined
  const main: Member = {
    takeHash: async (...args) => parts?.shared.takeHash(...args),
    distrust: (message) => parts?.shared.distrust(message),
    learn: (...args) => parts?.integrity.trust.learn(...args),
  }
  members.add(main)
  const fromMain = members.from(main)

  return {
    sharing: { takeHash: fromMain.takeHash, onUnsound: fromMain.distrust },
    onChecked: fromMain.learn,
    note: (turns) => noteBodies(turns, (upload) => members.holds(main, upload)),
    attach(given) {
      parts = given
    },
    join(worker) {
      if (parts === undefined) throw new Error('the hub has nothing to share yet')
      const { metadata, turns, health, collector, pulls, allowances } = parts
      const { followUp } = parts.integrity
      const member = memberOf(worker)
      const own = createWorkerTurns(turns, worker, (upload) => members.holds(member, upload))
      members.add(member)
      return {
        answers: {
          ...members.from(member),
          write: (write) => performWrite(metadata, write),
          takeTurn: own.take,
          endTurn: own.end,
          awaited: own.awaited,
          settle: turns.settle,
          checkHealth: health.check,
          takeRequests: allowances.takeRequests,
          giveBackRequests: allowances.giveBackRequests,
          reserveBytes: allowances.reserveBytes,
          collect: collector.run,
          followPulls: pulls.follow,
          signIn: parts.passwordSignIn.check,
          claimSetUp: parts.setUp.claim,
          reportDamage: followUp.report,
          checkSoon: followUp.soon,
        },
        brief: () => members.brief(member),
        leave() {
          members.remove(member)
          own.endAll()
        },
      }
    },
  }
}
