import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { explainSpawnError } from './command.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface DaemonOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Asked every 50 ms; errors count as "not yet". */
  readonly ready: () => Promise<boolean>
  /** Milliseconds; 20 000 if absent. */
  readonly readyWithin?: number
}

/** A process that runs until it is told to stop. */
export interface Daemon {
  readonly pid: number
  /** What it has printed so far, both streams. */
  log(): string
  readonly exited: Promise<Exit>
  signal(name: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL after `grace` milliseconds (10 000). Fine if it has ended already. */
  stop(grace?: number): Promise<Exit>
}

/** Children that must not outlive this process, whatever ends it. */
const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** True as soon as `condition` is, false when `milliseconds` have passed. */
export async function within(
  milliseconds: number,
  condition: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const end = performance.now() + milliseconds
  while (performance.now() < end) {
    if (await condition()) return true
    await delay(50)
  }
  return condition()
}

/**
 * Starts a process and waits until it is ready.
 * @throws Error with its log if it ends first or isn't ready in time; it is not running then.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { command, args, env, ready, readyWithin = 20_000 } = options
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const log = () => Buffer.concat(chunks).toString()
  let ended = false
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on('error', (error) => reject(explainSpawnError(command, error)))
    child.on('exit', (code, signal) => {
      ended = true
      alive.delete(child)
      resolve({ code, signal })
    })
  })
  const { pid } = child
  if (pid === undefined) {
    await exited
    throw new Error(`${command} did not start`)
  }
  alive.add(child)
  const stop = async (grace = 10_000): Promise<Exit> => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), grace)
    return exited.finally(() => clearTimeout(timer))
  }
  const up = await within(readyWithin, async () => ended || (await ready().catch(() => false)))
  if (ended || !up) {
    await stop(1000)
    throw new Error(`${command} ${ended ? 'ended at once' : 'was not ready in time'}:\n${log()}`)
  }
  return { pid, log, exited, signal: (name) => child.kill(name), stop }
}
