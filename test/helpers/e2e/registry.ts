import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Daemon, type Exit, startDaemon } from './daemon.ts'
import { flavour, uploadFiles } from './flavour.ts'
import { freePort } from './port.ts'
import { type Scope, temporaryDirectory } from './scope.ts'

export interface RegistryOptions {
  /** Configuration of the server, as `LAYERHOUSE_…` variables. */
  readonly env?: Readonly<Record<string, string>>
  /** Runs on its empty root before the first start, for instance to mount a disk there. */
  readonly prepare?: (root: string) => Promise<unknown>
  /** Arguments for Node itself, such as a module to load first. */
  readonly nodeArguments?: readonly string[]
}

/** A registry process of its own, on a loopback port of its own, with an empty root of its own. */
export interface Registry {
  /** `127.0.0.1:port`, as it stands in front of an image's name. */
  readonly host: string
  readonly url: string
  readonly root: string
  /** Of the process that runs now. */
  pid(): number
  /** What all runs printed. */
  log(): string
  signal(name: NodeJS.Signals): void
  /** How the present process ended, once it has. */
  exited(): Promise<Exit>
  /** SIGTERM, and waits for the end. */
  stop(): Promise<Exit>
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>
  /** Starts it again after `stop` or `kill`: same port, same root. Waits until `probe` is 200. */
  start(probe?: string): Promise<void>
  /** Bytes in unfinished uploads. */
  uploadedBytes(): Promise<number>
  /** Files of unfinished uploads, relative to the root. */
  uploads(): Promise<readonly string[]>
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0,
  )
}

/** Starts a registry and stops it at the end of `scope`. */
export async function startRegistry(
  scope: Scope,
  options: RegistryOptions = {},
): Promise<Registry> {
  const root = join(await temporaryDirectory(scope), 'root')
  await mkdir(root)
  await options.prepare?.(root)
  const port = await freePort()
  const host = `127.0.0.1:${port}`
  const url = `http://${host}`
  let earlier = ''
  const launch = async (probe = flavour.readyPath): Promise<Daemon> =>
    startDaemon({
      ...(await flavour.command(port, root, options.nodeArguments)),
      ...(options.env ? { env: options.env } : {}),
      ready: async () => (await fetch(url + probe)).status === 200,
    })
  let daemon = await launch()
  scope.teardown(() => daemon.stop())
  return {
    host,
    url,
    root,
    pid: () => daemon.pid,
    log: () => earlier + daemon.log(),
    signal: (name) => daemon.signal(name),
    exited: () => daemon.exited,
    stop: () => daemon.stop(),
    kill: async () => {
      daemon.signal('SIGKILL')
      await daemon.exited
    },
    start: async (probe) => {
      earlier += daemon.log()
      daemon = await launch(probe)
    },
    uploads: () => uploadFiles(root),
    uploadedBytes: async () => {
      const sizes = (await uploadFiles(root)).map((path) => sizeOf(join(root, path)))
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    },
  }
}
