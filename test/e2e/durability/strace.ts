import { execFile, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A system call that was traced; `began` and `ended` count lines of the trace. */
export interface Call {
  readonly name: string
  /** Arguments and result as strace prints them, paths in the place of descriptors. */
  readonly text: string
  readonly began: number
  readonly ended: number
}

/** Why tests can't run here, or false. */
export function lacksStrace(): string | false {
  const { status } = spawnSync('strace', ['-f', '-e', 'trace=fsync', 'true'])
  return status === 0 ? false : 'strace is not here or not allowed'
}

/** Joins what strace prints in two parts when threads run at the same time. */
function parseTrace(trace: string): Call[] {
  const open = new Map<string, { text: string; began: number }>()
  return trace.split('\n').flatMap((line, index) => {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (rest.endsWith('<unfinished ...>')) {
      open.set(thread, { text: rest.replace(/ *<unfinished \.\.\.>$/, ''), began: index })
      return []
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)
    const { text, began } = (resumed && open.get(thread)) ?? { text: '', began: index }
    const whole = text + (resumed?.[1] ?? rest)
    const [, name] = /^(\w+)\(/.exec(whole) ?? []
    return name === undefined ? [] : [{ name, text: whole, began, ended: index }]
  })
}

export interface TraceOptions {
  /** Where to write the trace. */
  readonly log: string
  /** A compiled script and its arguments. */
  readonly script: readonly string[]
  /** Names of system calls, with commas. */
  readonly calls: string
  /** A fault for strace's `inject=`, e.g. `fsync:error=EIO:when=3`. */
  readonly fault?: string
}

/** Runs a script with a single thread for files, so that faults can be counted. */
export async function traceScript({ log, script, calls, fault }: TraceOptions) {
  const inject = fault ? ['-e', `inject=${fault}`] : []
  const { stdout } = await promisify(execFile)(
    'strace',
    ['-f', '-y', '-o', log, '-e', `trace=${calls}`, ...inject, process.execPath, ...script],
    { env: { PATH: process.env['PATH'], UV_THREADPOOL_SIZE: '1' } },
  )
  return { stdout, calls: parseTrace(await readFile(log, 'utf8')) }
}
