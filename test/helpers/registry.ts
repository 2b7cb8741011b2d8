import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import type { Test } from 'tap'
import { loadConfig } from '../../config/load.ts'
import { compose } from '../../src/compose.ts'
import { stopServing } from '../../src/server/stop.ts'
import { type Client, createClient } from './client.ts'

export interface TestRegistry {
  readonly request: Client
  readonly port: number
  readonly root: string
  /** What was logged so far, parsed. */
  readonly log: readonly Record<string, unknown>[]
  readonly housekeeping: Awaited<ReturnType<typeof compose>>['housekeeping']
  /** Resolves when what reads found damaged is followed up. */
  settle(): Promise<void>
  /** Runs the background check until it has nothing to do. */
  scrubOnce(): Promise<void>
  /** Stops it; the data stays. */
  stop(): Promise<void>
}

export interface TestRegistryOptions {
  /** As in the environment: `LAYERHOUSE_…` → text. */
  readonly env?: Readonly<Record<string, string>>
  /** A data directory to go on with; a new one otherwise. */
  readonly root?: string
}

/** A whole registry in this process, on a free port, with a data directory of its own. */
export async function startRegistry(
  t: Test,
  { env = {}, root = t.testdir() }: TestRegistryOptions = {},
): Promise<TestRegistry> {
  const log: Record<string, unknown>[] = []
  const sink = new Writable({
    write(line, _encoding, done) {
      log.push(JSON.parse(String(line)) as Record<string, unknown>)
      done()
    },
  })
  const { config } = loadConfig({ env: { LAYERHOUSE_STORAGE_ROOT: root, ...env }, flags: {} })
  const registry = await compose(config, pino({ level: 'debug' }, sink))
  await registry.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = registry.app.server.address() as AddressInfo

  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= stopServing(registry, { drainDelay: 0, drainTimeout: 500 }).then(() =>
      registry.close(),
    )
    return stopped
  }
  t.teardown(stop)
  const { housekeeping, integrity } = registry
  const scrubOnce = async () => {
    const signal = AbortSignal.timeout(300)
    await integrity.scrub.run(signal)
  }
  const { settle } = integrity
  return { request: createClient(port), port, root, log, housekeeping, settle, scrubOnce, stop }
}
