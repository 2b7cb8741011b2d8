import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Client, createClient, run } from './command.ts'
import { startContainerd } from './containerd.ts'
import { startDaemon } from './daemon.ts'
import { type Scope, temporaryDirectory } from './scope.ts'

/** A Docker engine of our own; 127.0.0.0/8 needs no TLS by its defaults. */
export interface DockerEngine {
  readonly docker: Client
  /** What the client needs to reach this engine and no other. */
  readonly env: Readonly<Record<string, string>>
}

export interface DockerOptions {
  /** Absent: `vfs`, which works everywhere. `auto`: the engine's choice, faster for big images. */
  readonly storageDriver?: 'auto'
}

export async function startDocker(
  scope: Scope,
  options: DockerOptions = {},
): Promise<DockerEngine> {
  const { socket: containerd } = await startContainerd(scope)
  const directory = await temporaryDirectory(scope)
  const socket = `unix://${join(directory, 'd.sock')}`
  const config = join(directory, 'client')
  await mkdir(config)
  await writeFile(join(directory, 'daemon.json'), '{}')
  const env = {
    DOCKER_HOST: socket,
    DOCKER_CONFIG: config,
    DOCKER_CLI_EXPERIMENTAL: 'enabled',
    DOCKER_BUILDKIT: '0',
  }
  const daemon = await startDaemon({
    command: 'dockerd',
    args: [
      ...['--config-file', join(directory, 'daemon.json'), '--containerd', containerd],
      ...['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')],
      ...['--pidfile', join(directory, 'pid'), '-H', socket],
      ...(options.storageDriver === 'auto' ? [] : ['--storage-driver', 'vfs']),
      ...['--iptables=false', '--ip6tables=false', '--bridge=none'],
    ],
    ready: async () => (await run('docker', ['version'], { env })).code === 0,
    readyWithin: 60_000,
  })
  scope.teardown(() => daemon.stop(20_000))
  return { docker: createClient('docker', [], { env, timeout: 180_000 }), env }
}
