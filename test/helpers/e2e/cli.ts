import { type Outcome, run } from './command.ts'
import { mainPath } from './flavour.ts'

/** Not as the test runner would have it: it instruments every Node that is spawned from here. */
const plain = ['-u', 'NODE_OPTIONS', '-u', 'NODE_V8_COVERAGE']

/** Runs `layerhouse` with these arguments, whatever comes of it. */
export function layerhouse(...args: readonly string[]): Promise<Outcome> {
  return run('env', [...plain, process.execPath, mainPath, ...args])
}

/** The object that a command with `--json` prints; any exit code but 0 is an error. */
export async function layerhouseJson<Report>(...args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await layerhouse(...args, '--json')
  if (code === 0) return JSON.parse(stdout) as Report
  throw new Error(`exit code ${code}: layerhouse ${args.join(' ')}\n${stdout}${stderr}`)
}

/**
 * Runs it, and kills it (SIGKILL) in its `n`th call of the system call, before the kernel does
 * anything. All work on files is in one thread, so that calls can be counted.
 */
export function layerhouseKilledAt(
  call: string,
  n: number,
  ...args: readonly string[]
): Promise<Outcome> {
  const inject = `inject=${call}:error=EIO:signal=KILL:when=${n}`
  const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject]
  const node = [process.execPath, mainPath, ...args]
  return run('env', [...plain, 'UV_THREADPOOL_SIZE=1', ...strace, ...node])
}
