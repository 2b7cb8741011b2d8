import { type Server, startServer } from '../faults/server.ts'
import { freePort } from '../helpers/e2e/port.ts'
import type { Arguments } from './arguments.ts'

/** A registry process on one data directory, which may be killed and started again. */
export interface Registry {
  readonly root: string
  readonly port: number
  /** @throws Error with its last words if it does not become ready. */
  start(): Promise<void>
  /** SIGTERM. @throws Error if it does not end well. */
  stop(): Promise<void>
  kill(): Promise<void>
  /** Resolves once it is ready; asked by those whose connections broke. */
  backAgain(): Promise<void>
  /** Lines of all its runs that tell of errors. */
  complaints(): readonly string[]
}

/** Longer than a start takes on a busy machine, milliseconds. */
const patience = 60_000

export interface Collection {
  readonly id: number
  readonly cause: string
  readonly finishedAt?: string
  readonly manifests: number
  readonly blobs: number
  readonly objects: number
  readonly freedBytes: number
  readonly error?: string
}

function environmentFor({ interval, grace, keep, workers }: Arguments): Record<string, string> {
  return {
    LAYERHOUSE_GC_INTERVAL: `${interval}ms`,
    LAYERHOUSE_GC_GRACE: `${grace}ms`,
    LAYERHOUSE_HISTORY_KEEP: `${keep}ms`,
    LAYERHOUSE_HTTP_WORKERS: String(workers),
    // What clients leave behind goes within the run; slow uploads move more often than that.
    LAYERHOUSE_UPLOADS_EXPIRE_AFTER: `${4 * grace}ms`,
    LAYERHOUSE_UPLOADS_SWEEP_INTERVAL: '1s',
    LAYERHOUSE_LOG_LEVEL: 'warn',
    LAYERHOUSE_LOG_FORMAT: 'json',
  }
}

function errorsIn(log: string): readonly string[] {
  return log
    .split('\n')
    .filter((line) => /"level":"(error|fatal)"/.test(line) || /^\s+at /.test(line))
}

export async function createRegistry(root: string, wanted: Arguments): Promise<Registry> {
  const port = await freePort()
  const complaints: string[] = []
  let server: Server | undefined
  /** Absent while it runs. */
  let waiting: (() => void)[] | undefined = []

  async function end(how: 'stop' | 'kill'): Promise<void> {
    const ending = server
    if (!ending) return
    waiting ??= []
    const { code, signal } = await ending[how]()
    complaints.push(...errorsIn(ending.log()))
    server = undefined
    if (how === 'stop' && code !== 0) complaints.push(`it ended with ${code ?? signal}`)
  }

  return {
    root,
    port,
    async start() {
      server = startServer({ root, port, env: environmentFor(wanted) })
      if ((await server.ready(patience)) === undefined) {
        await server.kill()
        throw new Error(`the registry did not become ready:\n${server.log().slice(-2000)}`)
      }
      for (const tell of waiting ?? []) tell()
      waiting = undefined
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    async backAgain() {
      await new Promise<void>((resolve) => {
        if (waiting) waiting.push(resolve)
        else setTimeout(resolve, 50)
      })
    },
    complaints: () => complaints,
  }
}
