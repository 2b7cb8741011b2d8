import { readdir, readFile } from 'node:fs/promises'
import { startDaemon } from './daemon.ts'
import { type Scope, temporaryDirectory } from './scope.ts'

export interface Fault {
  /** System calls, with commas; a question mark before those that not every machine has. */
  readonly calls: string
  /** What happens to them, as strace's `inject=` takes it: `error=EIO`, `error=EIO:when=3+`. */
  readonly effect: string
  /** Only calls on this path. */
  readonly path?: string
}

/** A fault at work in another process. */
export interface Injection {
  /** Ends it; the process goes on unharmed. */
  end(): Promise<void>
  /** The calls so far, a line each, paths in the place of descriptors. */
  trace(): Promise<readonly string[]>
}

async function isTraced(pid: number): Promise<boolean> {
  const tasks = await readdir(`/proc/${pid}/task`)
  const states = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/status`, 'utf8')),
  )
  return states.every((state) => !/^TracerPid:\s+0$/m.test(state))
}

/** Makes system calls of a running process fail from now on, with strace; ends with `scope`. */
export async function inject(scope: Scope, pid: number, fault: Fault): Promise<Injection> {
  const { calls, effect, path } = fault
  const log = `${await temporaryDirectory(scope)}/trace`
  const tracer = await startDaemon({
    command: 'strace',
    args: [
      ...['-f', '-y', '-o', log, '-p', String(pid), ...(path ? ['-P', path] : [])],
      ...['-e', `trace=${calls}`, '-e', `inject=${calls}:${effect}`],
    ],
    ready: () => isTraced(pid),
  })
  const end = async () => {
    await tracer.stop()
  }
  scope.teardown(end)
  return {
    end,
    trace: async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line !== ''),
  }
}
