import { spawn, spawnSync } from 'node:child_process'

/** A server's life: on an empty data directory, then on one that was left by a crash. */
export type Phase = 'first start' | 'start' | 'load' | 'stop'

/**
 * The Nth call of a name by one thread, counted from the start of the process or, for the stop, from
 * its beginning.
 */
export interface CrashPoint {
  readonly phase: Phase
  readonly call: string
  readonly nth: number
}

/** Calls that change what is on the disk. A question mark: not every machine has them. */
const storing = [
  ...['pwrite64', 'pwritev', '?pwritev2', 'fsync', 'fdatasync', 'ftruncate', 'fallocate'],
  ...['?rename', '?renameat', 'renameat2', '?unlink', 'unlinkat', '?mkdir', 'mkdirat', '?rmdir'],
]
/** Calls around them: what was stored is known, answered, locked or looked at by then. */
const others = [
  ...[
    '?open',
    'openat',
    'close',
    'write',
    'writev',
    'fcntl',
    '?fchown',
    'fchmod',
    'read',
    'pread64',
  ],
  ...['?access', '?newfstatat', 'statx', '?getdents64', 'lseek', 'accept4'],
]

/** `listen` marks the end of the start. */
const traced = [...storing, ...others, 'listen'].join(',')

export function isStoring(call: string): boolean {
  return storing.includes(call) || storing.includes(`?${call}`)
}

/** Why nothing can be traced here, or false. */
export function lacksStrace(): string | false {
  const { status } = spawnSync('strace', ['-f', '-e', 'trace=fsync', 'true'])
  return status === 0
    ? false
    : 'strace is not here or not allowed; install it: apt-get install strace'
}

/** Writes down the calls of whoever runs under it, with paths in the place of descriptors. */
export function traceInto(file: string): readonly string[] {
  return ['strace', '-D', '-f', '-y', '-o', file, '-e', `trace=${traced}`]
}

/** Both expressions have to name the call, or nothing is injected. */
function killAt({ call, nth }: CrashPoint): readonly string[] {
  return [
    '-e',
    `trace=${call}`,
    '-e',
    'signal=none',
    '-e',
    `inject=${call}:signal=KILL:when=${nth}`,
  ]
}

/**
 * Ends whoever runs under it with SIGKILL in place of the call. Without `--seccomp-bpf`, which would
 * be faster: strace 6.1 then delivers no signal to the first thread.
 */
export function killedUnder(point: CrashPoint): readonly string[] {
  return ['strace', '-D', '-f', '-qq', '-o', '/dev/null', ...killAt(point)]
}

/** The same for a process that runs already; resolves when its calls are counted. */
export async function attachKiller(pid: number, point: CrashPoint): Promise<void> {
  const args = ['-f', '-o', '/dev/null', ...killAt(point), '-p', String(pid)]
  const child = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  await new Promise<void>((resolve, reject) => {
    let words = ''
    child.stderr.on('data', (chunk: Buffer) => {
      words += chunk.toString()
      if (/attached/.test(words)) resolve()
    })
    child.on('error', reject)
    child.on('exit', () => reject(new Error(`strace did not attach: ${words}`)))
  })
}

/** Counts calls of each thread, as strace does: gives N if no other thread made N of them before. */
function createOrdinals() {
  const counts = new Map<string, number>()
  const most = new Map<string, number>()
  return (thread: string, call: string): number | undefined => {
    const nth = (counts.get(`${thread} ${call}`) ?? 0) + 1
    counts.set(`${thread} ${call}`, nth)
    if (nth <= (most.get(call) ?? 0)) return undefined
    most.set(call, nth)
    return nth
  }
}

/** The phase a line of the trace belongs to; none before the data directory is first named. */
function phaseAfter(phase: Phase | undefined, line: string, root: string): Phase | undefined {
  if (/^\d+ +--- SIGTERM /.test(line)) return 'stop'
  if (phase === undefined && line.includes(root)) return 'start'
  if (phase === 'start' && /^\d+ +listen\(/.test(line)) return 'load'
  return phase
}

/**
 * The crash points a traced life went through. A point belongs to the phase in which the first
 * thread made that many calls. What happened before the data directory was first named is left out:
 * nothing can be damaged by then.
 * @param trace as strace writes it with `-f -y`.
 */
export function crashPointsIn(trace: string, root: string): readonly CrashPoint[] {
  let ordinals = createOrdinals()
  let phase: Phase | undefined
  return trace.split('\n').flatMap((line) => {
    const before = phase
    phase = phaseAfter(phase, line, root)
    // A tracer that attaches for the stop begins to count there.
    if (phase === 'stop' && before !== 'stop') ordinals = createOrdinals()
    const [, thread = '', call] = /^(\d+) +(\w+)\(/.exec(line) ?? []
    const nth = call === undefined ? undefined : ordinals(thread, call)
    return call === undefined || nth === undefined || !phase ? [] : [{ phase, call, nth }]
  })
}
