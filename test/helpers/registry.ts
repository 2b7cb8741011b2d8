import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import type { Test } from 'tap'
import { loadConfig } from '../../config/load.ts'
import type { Registry } from '../../src/compose.ts'
import { serveRegistry } from '../../src/server/serve.ts'
import { type Client, createClient } from './client.ts'
import { until } from './wire.ts'

export interface TestRegistry {
  readonly request: Client
  readonly port: number
  readonly root: string
  /** What was logged so far, parsed. */
  readonly log: readonly Record<string, unknown>[]
  readonly housekeeping: Registry['housekeeping']
  readonly retention: Registry['retention']
  readonly unadopted: Registry['unadopted']
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
  let begun = ''
  const onLog = (text: string) => {
    const lines = `${begun}${text}`.split('\n')
    begun = lines.pop() ?? ''
    for (const line of lines) {
      const { level, ...entry } = JSON.parse(line) as { level: string }
      log.push({ ...entry, level: pino.levels.values[level] })
    }
  }
  const sink = new Writable({
    write(line, _encoding, done) {
      log.push(JSON.parse(String(line)) as Record<string, unknown>)
      done()
    },
  })
  const { config } = loadConfig({
    env: {
      LAYERHOUSE_STORAGE_ROOT: root,
      LAYERHOUSE_HTTP_HOST: '127.0.0.1',
      LAYERHOUSE_HTTP_PORT: '0',
      LAYERHOUSE_HTTP_WORKERS: process.env['TEST_WORKERS'] ?? '1',
      LAYERHOUSE_HTTP_DRAIN_TIMEOUT: '500ms',
      ...env,
    },
    flags: {},
  })
  const logger = pino({ level: 'debug' }, sink)
  const serving = await serveRegistry({ config, logger, onLog })
  const { registry } = serving
  const { port } = serving.address
  await until(() => serving.processes() === config.http.workers, 20_000)

  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= serving.stop().then(() => registry.close())
    return stopped
  }
  t.teardown(stop)
  const { housekeeping, integrity, retention, unadopted } = registry
  const scrubOnce = async () => {
    const signal = AbortSignal.timeout(300)
    await integrity.scrub.run(signal)
  }
  const settle = async () => {
    // What a worker found is on its way to the main process.
    if (config.http.workers > 1) await sleep(100)
    await integrity.settle()
  }
  const parts = { housekeeping, retention, unadopted, settle, scrubOnce, stop }
  return { request: createClient(port), port, root, log, ...parts }
}
