import { join } from 'node:path'
import { type Client, createClient } from './command.ts'
import { type Scope, temporaryDirectory } from './scope.ts'

const timeout = 120_000

/** skopeo keeps nothing; it only has to be told to trust plain HTTP. */
export const skopeo: Client = createClient('skopeo', ['--insecure-policy'], { timeout })

export interface ContainerStorage {
  /** Commands of podman and buildah on one storage directory of their own. */
  readonly podman: Client
  readonly buildah: Client
}

/** Image storage for podman and buildah, apart from that of the machine. */
export async function createStorage(scope: Scope): Promise<ContainerStorage> {
  const directory = await temporaryDirectory(scope)
  const place = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run')]
  const storage = [...place, '--storage-driver', 'vfs']
  const engine = ['--cgroup-manager', 'cgroupfs', '--events-backend', 'file']
  return {
    podman: createClient('podman', [...storage, ...engine], { timeout }),
    buildah: createClient('buildah', storage, { timeout, env: { BUILDAH_ISOLATION: 'chroot' } }),
  }
}

/** Fits machines whose limits even root may not raise. */
export const runArguments = [
  ...['run', '--rm', '--network', 'none'],
  ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'],
]
