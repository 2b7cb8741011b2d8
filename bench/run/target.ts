import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../test/helpers/e2e/port.ts'
import type { Contender } from '../contenders/contender.ts'
import { type Server, startServer } from '../process/server.ts'
import type { Target } from '../work.ts'

/** Milliseconds; a store of 100,000 of something may take a while. */
const readyWithin = 60_000

export interface RunningTarget extends Target {
  readonly notes: ReadonlySet<string>
  kill(): Promise<void>
}

export interface TargetOptions {
  readonly contender: Contender
  readonly program: string
  /** Its data directory. */
  readonly root: string
  /** Gets a directory for all else it writes. */
  readonly directory: string
  /** See `Scale.settle`. */
  readonly settle: number
}

/** Starts a contender. */
export async function startTarget(options: TargetOptions): Promise<RunningTarget> {
  const { contender, program, root } = options
  const directory = join(options.directory, contender.name)
  await mkdir(directory)
  const port = await freePort()
  const host = `127.0.0.1:${port}`
  const launch = await contender.launch(program, { port, root, directory })
  const start = () =>
    startServer({
      launch,
      log: join(directory, 'log'),
      readyUrl: `http://${host}${contender.readyPath}`,
      readyWithin,
    })
  const startAll = async () => {
    const started = await start()
    await delay(options.settle)
    return started
  }
  let server: Server = await startAll()
  const notes = new Set<string>()
  return {
    contender,
    host,
    url: `http://${host}`,
    root,
    notes,
    pid: () => server.pid,
    async restart() {
      await server.stop()
      server = await start()
      return server
    },
    async renew() {
      await server.kill()
      await rm(root, { recursive: true })
      await mkdir(root)
      server = await startAll()
    },
    note: (text) => notes.add(text),
    kill: () => server.kill(),
  }
}
