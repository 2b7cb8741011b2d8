import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Launch } from '../contenders/contender.ts'
import { surroundings, watchChild } from './children.ts'

export interface Server {
  readonly pid: number
  /** Milliseconds from the start of the process to its first 200. */
  readonly startedIn: number
  /** SIGTERM, SIGKILL 10 s later, and waits for the end. */
  stop(): Promise<void>
  /** SIGKILL: its data is not needed any more, and what it still answers nobody hears. */
  kill(): Promise<void>
}

export interface ServerOptions {
  readonly launch: Launch
  /** What it prints goes there; a pipe would cost this process time while it measures. */
  readonly log: string
  readonly readyUrl: string
  /** Milliseconds. */
  readonly readyWithin: number
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, {
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(2000),
  })
  await answer.arrayBuffer()
  return answer.status === 200
}

/**
 * Starts a server and waits until it serves.
 * @throws Error with its log if it ends first or isn't ready in time; it is not running then
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { launch, log, readyUrl, readyWithin } = options
  const begun = performance.now()
  const out = openSync(log, 'a')
  const child = spawn(launch.command, launch.args, {
    stdio: ['ignore', out, out],
    env: { ...surroundings(), ...launch.env },
  })
  closeSync(out)
  watchChild(child)
  let ended = false
  const exited = new Promise<void>((resolve) => {
    const end = () => {
      ended = true
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  const stop = async () => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await exited.finally(() => clearTimeout(timer))
  }
  const kill = () => {
    child.kill('SIGKILL')
    return exited
  }
  while (!ended && performance.now() - begun < readyWithin) {
    if (await answers(readyUrl).catch(() => false)) {
      return { pid: child.pid ?? 0, startedIn: performance.now() - begun, stop, kill }
    }
    await delay(5)
  }
  const how = ended ? 'ended at once' : `was not ready after ${readyWithin} ms`
  await kill()
  const words = (await readFile(log, 'utf8')).slice(-2000)
  throw new Error(`${launch.command} ${how}: ${words}`)
}
