import { readdir, readFile } from 'node:fs/promises'

/** The most memory a process ever held at once (VmHWM), in MiB: nothing slips between two samples. */
export async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  if (kib === undefined) throw new Error(`no VmHWM in /proc/${pid}/status`)
  return Number(kib) / 1024
}

/** How many file descriptors a process holds now. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}
