import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Client, createClient, run } from './command.ts'
import { startDaemon } from './daemon.ts'
import { type Scope, temporaryDirectory } from './scope.ts'

/** A containerd of our own: nothing it keeps is seen by one the machine may run. */
export interface Containerd {
  readonly socket: string
  readonly directory: string
  readonly ctr: Client
}

export async function startContainerd(scope: Scope): Promise<Containerd> {
  const directory = await temporaryDirectory(scope)
  const socket = join(directory, 'c.sock')
  const config = join(directory, 'config.toml')
  await writeFile(config, 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
  const args = ['--config', config, '--address', socket]
  const daemon = await startDaemon({
    command: 'containerd',
    args: [...args, '--root', join(directory, 'root'), '--state', join(directory, 'state')],
    ready: async () => (await run('ctr', ['--address', socket, 'version'])).code === 0,
  })
  scope.teardown(() => daemon.stop())
  const ctr = createClient('ctr', ['--address', socket], { timeout: 120_000 })
  return { socket, directory, ctr }
}
