import { readdir, readFile, writeFile } from 'node:fs/promises'

/** Clock ticks in a second, which Linux promises to programs on every machine. */
const ticks = 100

interface ProcessLine {
  readonly pid: number
  readonly parent: number
  /** Seconds, user and system, with children that have ended. */
  readonly cpu: number
}

/** Reads `/proc/<pid>/stat`; the name in it may hold anything, brackets too. */
export function parseStat(text: string): ProcessLine {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const at = (field: number) => Number(fields[field - 3])
  const cpu = (at(14) + at(15) + at(16) + at(17)) / ticks
  return { pid: Number.parseInt(text, 10), parent: at(4), cpu }
}

async function readAll(): Promise<readonly ProcessLine[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const texts = await Promise.all(
    names.map((name) => readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')),
  )
  return texts.filter((text) => text !== '').map(parseStat)
}

/** The process and all its descendants. */
async function family(pid: number): Promise<readonly ProcessLine[]> {
  const all = await readAll()
  const grow = (members: readonly ProcessLine[]): readonly ProcessLine[] => {
    const pids = new Set(members.map((member) => member.pid))
    const more = all.filter((one) => pids.has(one.parent) && !pids.has(one.pid))
    return more.length === 0 ? members : grow([...members, ...more])
  }
  return grow(all.filter((one) => one.pid === pid))
}

/** CPU seconds of a process, its threads and its children since it began. */
export async function cpuSeconds(pid: number): Promise<number> {
  return (await family(pid)).reduce((sum, { cpu }) => sum + cpu, 0)
}

/** The fields of `/proc/<pid>/status` that count memory, in bytes. */
async function memory(pid: number): Promise<(field: string) => number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return (field) => {
    const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
    return Number(kib ?? 0) * 1024
  }
}

/** Bytes of memory at most since `forgetPeak`. What several processes share counts for each. */
export async function peakMemory(pid: number): Promise<number> {
  const members = await Promise.all((await family(pid)).map((member) => memory(member.pid)))
  return members.reduce((sum, of) => sum + of('VmHWM'), 0)
}

/** Bytes of memory that a process and its children hold now; the program they share counts once. */
export async function residentMemory(pid: number): Promise<number> {
  const members = await Promise.all((await family(pid)).map((member) => memory(member.pid)))
  const own = members.reduce((sum, of) => sum + of('RssAnon') + of('RssShmem'), 0)
  return own + Math.max(0, ...members.map((of) => of('RssFile')))
}

/** From now on `peakMemory` is what is held from now on. */
export async function forgetPeak(pid: number): Promise<void> {
  const members = await family(pid)
  await Promise.all(members.map((one) => writeFile(`/proc/${one.pid}/clear_refs`, '5')))
}
