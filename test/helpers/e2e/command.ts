import { spawn } from 'node:child_process'

export interface CommandOptions {
  /** Milliseconds until the command is killed and counted as failed; 60 000 if absent. */
  readonly timeout?: number
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string | Buffer
}

export interface Outcome {
  /** Exit code; `null` if a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Command → the Debian package a person has to install when it is missing. */
const packages: Readonly<Record<string, string>> = {
  buildah: 'buildah',
  busybox: 'busybox-static',
  containerd: 'containerd',
  ctr: 'containerd',
  curl: 'curl',
  docker: 'docker.io',
  dockerd: 'docker.io',
  'docker-registry': 'docker-registry',
  nginx: 'nginx',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.xfs': 'xfsprogs',
  openssl: 'openssl',
  podman: 'podman',
  prlimit: 'util-linux',
  skopeo: 'skopeo',
  strace: 'strace',
  tar: 'tar',
  umoci: 'umoci',
  zstd: 'zstd',
}

/** Turns "no such file" of a program into an instruction. A missing client is a failure, no skip. */
export function explainSpawnError(command: string, error: Error): Error {
  if (!('code' in error) || error.code !== 'ENOENT') return error
  const name = packages[command]
  const advice = name ? `; install it: apt-get install -y ${name}` : ''
  return new Error(`"${command}" is not installed${advice}`)
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Runs a command to its end and keeps what it says.
 * @throws Error if it isn't installed or takes longer than `timeout`; its whole group is killed then.
 */
export function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Outcome> {
  const { timeout = 60_000, env, cwd, input } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    const words = () => ({
      stdout: Buffer.concat(out).toString(),
      stderr: Buffer.concat(err).toString(),
    })
    const timer = setTimeout(() => {
      killGroup(child.pid)
      const { stdout, stderr } = words()
      reject(
        new Error(`not done after ${timeout} ms: ${describe(command, args)}\n${stdout}${stderr}`),
      )
    }, timeout)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(explainSpawnError(command, error))
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, ...words() })
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

function describe(command: string, args: readonly string[]): string {
  return [command, ...args].join(' ')
}

/** Like {@link run}, but anything other than exit code 0 is an error that shows the output. */
export async function must(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Outcome> {
  const outcome = await run(command, args, options)
  if (outcome.code === 0) return outcome
  const { code, stdout, stderr } = outcome
  throw new Error(`exit code ${code}: ${describe(command, args)}\n${stdout}${stderr}`)
}

/** A client with its environment and leading arguments filled in; gives what it printed, trimmed. */
export type Client = (...args: string[]) => Promise<string>

export function createClient(
  command: string,
  leading: readonly string[] = [],
  options: CommandOptions = {},
): Client {
  return async (...args) => (await must(command, [...leading, ...args], options)).stdout.trim()
}
