import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Exit } from '../helpers/e2e/daemon.ts'
import { mainPath } from '../helpers/e2e/flavour.ts'

export interface ServerOptions {
  /** The data directory, which may be a mount point. */
  readonly root: string
  readonly port: number
  /** Added to the environment: configuration as `LAYERHOUSE_…`, `UV_THREADPOOL_SIZE`, `LD_PRELOAD`. */
  readonly env?: Readonly<Record<string, string>>
  /** A program that runs the server in its own process, such as `strace -D …`. */
  readonly under?: readonly string[]
}

/** A registry process; it may end at any time. */
export interface Server {
  readonly pid: number
  readonly exited: Promise<Exit>
  alive(): boolean
  /**
   * Waits until it is ready: milliseconds since the start of the process, `undefined` if it ended
   * before or is not ready after `limit` milliseconds.
   */
  ready(limit: number): Promise<number | undefined>
  /** SIGKILL, and waits for the end. */
  kill(): Promise<Exit>
  /** SIGTERM, and SIGKILL 15 s later; waits for the end. */
  stop(): Promise<Exit>
  log(): string
}

/** Servers that must not outlive this process. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130))

/** Nothing of the surroundings may change what the server does. */
function environment(env: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH = '', HOME = '/' } = process.env
  // Faults are done to one process, so that one answers all, unless a kind of fault says otherwise.
  return { PATH, HOME, LAYERHOUSE_HTTP_WORKERS: '1', ...env }
}

async function isReady(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`, {
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(2000),
  })
  await answer.arrayBuffer()
  return answer.status === 200
}

/** Starts the registry as `npm start` does. */
export function startServer({ root, port, env = {}, under = [] }: ServerOptions): Server {
  const node = [process.execPath, '--max-semi-space-size=2', '--v8-pool-size=1', mainPath]
  const serve = ['serve', '--host', '127.0.0.1', '--port', String(port), '--root', root]
  const [command = '', ...args] = [...under, ...node, ...serve]
  const begun = performance.now()
  const child = spawn(command, args, {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} could not be started`)
  running.add(child)
  let ended = false
  const exited = new Promise<Exit>((resolve) => {
    child.on('exit', (code, signal) => {
      ended = true
      running.delete(child)
      resolve({ code, signal })
    })
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))

  return {
    pid,
    exited,
    alive: () => !ended,
    log: () => Buffer.concat(chunks).toString(),
    async ready(limit) {
      while (!ended && performance.now() - begun < limit) {
        if (await isReady(port).catch(() => false)) return performance.now() - begun
        await delay(10)
      }
      return undefined
    },
    kill() {
      child.kill('SIGKILL')
      return exited
    },
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
      return exited.finally(() => clearTimeout(timer))
    },
  }
}
