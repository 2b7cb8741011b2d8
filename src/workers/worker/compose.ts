import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Config } from '../../../config/schema.ts'
import { openSharedStores } from '../../../storage/open.ts'
import type { SignInAttempt } from '../../access/sign-in.ts'
import { openHere } from '../../server/front-door/here.ts'
import type { Place } from '../../server/front-door/open.ts'
import { createLogger } from '../../server/logger.ts'
import { startPullRounds } from '../../server/pull-rounds.ts'
import { openTls } from '../../server/tls/open.ts'
import { batchOf } from '../../services/allowances/allowances.ts'
import { type Collector, policyOf, previewItems } from '../../services/garbage/collector.ts'
import { createIntegrity } from '../../services/integrity/create.ts'
import { readOperator } from '../../services/operator.ts'
import type { SetUpClaim } from '../../services/set-up/create.ts'
import { createKeys } from '../../services/tokens/keys.ts'
import { storageTimes } from '../../storage-times.ts'
import { integrityLog, type WireDeps, wire } from '../../wire.ts'
import { wireActivity } from '../../wire-activity.ts'
import type { Link } from '../link.ts'
import type { CallsOfMain, CallsOfWorker, WorkerOrder } from '../protocol.ts'
import { createRemoteTurns } from './turns.ts'

/** A worker that can answer. */
export interface WorkerParts {
  readonly place: Place
  readonly answers: Omit<CallsOfWorker, 'start' | 'end'>
  /** What is read after this is what was committed before the main process said what it just did. */
  renew(): void
  /** Ends every connection; resolves when nothing is left to be told to the main process. */
  stop(): Promise<unknown>
}

/** What only the main process knows or counts is asked there. */
function servicesOf(main: Link<CallsOfMain>, { limits }: Config) {
  return {
    // One answer, whichever process is asked.
    health: { check: () => main.call('checkHealth') },
    passwordSignIn: { check: (attempt: SignInAttempt) => main.call('signIn', attempt) },
    setUp: { claim: (claim: SetUpClaim) => main.call('claimSetUp', claim) },
    allowances: {
      batch: batchOf(limits),
      takeRequests: (...args) => main.call('takeRequests', ...args),
      giveBackRequests: (...args) => main.tell('giveBackRequests', ...args),
      reserveBytes: (...args) => main.call('reserveBytes', ...args),
    },
    sendSteps: (steps) => main.call('followPulls', steps),
  } satisfies Partial<WireDeps>
}

/** Wires a worker: content is read and written here, all else goes through the main process. */
export async function composeWorker(
  { config, name }: WorkerOrder,
  main: Link<CallsOfMain>,
): Promise<WorkerParts> {
  const logger = createLogger(config, process.stdout)
  const stores = openSharedStores({
    root: config.storage.root,
    times: storageTimes(config),
    sharing: {
      takeHash: (...args) => main.call('takeHash', ...args),
      onUnsound: (message) => main.tell('distrust', message),
    },
    send: (write) => main.call('write', write),
  })
  const turns = createRemoteTurns(main)
  const integrity = createIntegrity({
    ...stores,
    ...config.integrity,
    ...integrityLog(logger),
    onChecked: (...args) => main.tell('learn', ...args),
    followUp: {
      report: (...args) => main.tell('reportDamage', ...args),
      soon: (...args) => main.tell('checkSoon', ...args),
    },
  })
  const collector: Pick<Collector, 'run' | 'preview'> = {
    run: (...args) => main.call('collect', ...args),
    preview: (options) =>
      stores.metadata.garbage.preview(policyOf(config.gc, options), previewItems),
  }
  const keys = { store: stores.keyStore, rotation: config.auth.keyRotation }
  const wired = wire(config, logger, {
    ...stores,
    ...servicesOf(main, config),
    activity: wireActivity(config, logger, stores.metadata),
    turns,
    integrity,
    collector,
    keys: config.auth.mode === 'none' ? undefined : createKeys(keys),
    isOperator: await readOperator(stores.operatorStore),
    name,
  })
  const { app, drain } = wired
  const place = await openHere(app, await openTls(config, logger, false))
  const pulls = startPullRounds(wired.pulls, config.pulls, logger)
  return {
    place,
    renew: stores.metadata.renew,
    stop() {
      ;(app.server as Server).closeAllConnections()
      return Promise.all([pulls.stop(), wired.signIn.settle(), wired.activity.flush()])
    },
    answers: {
      takeHash: stores.shared.takeHash,
      distrust: stores.shared.distrust,
      learn: integrity.trust.learn,
      interrupt: turns.interrupt,
      mayRemove: turns.mayRemove,
      announceStop: drain.announce,
      refuse: drain.refuse,
      underWay() {
        app.server.closeIdleConnections()
        return drain.underWay()
      },
    },
  }
}

/** A connection comes from the main process as no HTTP server would have made it. */
export function adopt({ place }: WorkerParts, socket: Socket, onClosed: () => void): void {
  socket.allowHalfOpen = true
  place.take(socket, onClosed)
}
