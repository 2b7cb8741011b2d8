import { readdir, readFile } from 'node:fs/promises'

/** The processes that a process has started and that run now. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const tasks = await readdir(`/proc/${pid}/task`)
  const lists = tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8'))
  return (await Promise.all(lists)).join(' ').split(' ').filter(Boolean).map(Number)
}

async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  if (kib === undefined) throw new Error(`no VmHWM in /proc/${pid}/status`)
  return Number(kib) / 1024
}

/**
 * The most memory that a process, or one it started, ever held at once (VmHWM), in MiB: nothing slips
 * between two samples.
 */
export async function peakMemory(pid: number): Promise<number> {
  return Math.max(...(await Promise.all([pid, ...(await childrenOf(pid))].map(peakOf))))
}

/** How many file descriptors a process, and those it started, hold now. */
export async function openFiles(pid: number): Promise<number> {
  const lists = [pid, ...(await childrenOf(pid))].map((each) => readdir(`/proc/${each}/fd`))
  return (await Promise.all(lists)).flat().length
}
