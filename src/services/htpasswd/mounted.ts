import { type FileHandle, open } from 'node:fs/promises'
import type { AccessTable } from '../../../storage/metadata/access/store.ts'
import { type HtpasswdProblem, parseHtpasswd } from './parse.ts'

/** A file whose users may sign in, as long as they are in it. */
export interface MountedHtpasswd {
  /** Reads it. @throws Error that names the file if it can't be read. */
  load(): Promise<void>
  /**
   * Reads it again if it has changed, and has stopped changing since the last look; to be called once a
   * second. A file that can't be read changes nothing: those who were in it may go on.
   */
  poll(): Promise<void>
}

export interface MountedDeps {
  readonly access: Pick<AccessTable, 'replaceSource' | 'password' | 'changeAccount'>
  /** `undefined`: nobody comes from a file, and who did may not sign in any more. */
  readonly file: string | undefined
  readonly onRead: (report: HtpasswdReport) => void
  /** Told once of what keeps the file from being read. */
  readonly onFailure: (error: unknown) => void
}

export interface HtpasswdReport {
  readonly users: number
  readonly problems: readonly HtpasswdProblem[]
  /** Names that others have, who stay as they are. */
  readonly taken: readonly string[]
}

const source = 'htpasswd'
const longest = 4 * 1024 * 1024

async function stampOf(handle: FileHandle): Promise<string> {
  const { mtimeMs, size, ino } = await handle.stat()
  return `${mtimeMs} ${size} ${ino}`
}

async function withFile<T>(file: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r')
  try {
    return await work(handle)
  } finally {
    await handle.close()
  }
}

async function readText(file: string): Promise<{ readonly stamp: string; readonly text: string }> {
  return withFile(file, async (handle) => {
    const { size } = await handle.stat()
    if (size > longest) throw new Error(`it has ${size} bytes; at most ${longest} are read`)
    const stamp = await stampOf(handle)
    const text = await handle.readFile('utf8')
    return { stamp, text }
  })
}

function explain(file: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error)
  return new Error(`${file}: the file of auth.htpasswd can't be read: ${why}`, { cause: error })
}

export function createMountedHtpasswd(deps: MountedDeps): MountedHtpasswd {
  const { access, file, onRead, onFailure } = deps
  /** Of the file as it was read, and as it was seen last. */
  let read: string | undefined
  let seen: string | undefined
  /** What was told last, and still is so. */
  let failure: string | undefined

  /** Hashes are copied: who changes theirs in the file ends what was signed in with the old one. */
  async function adopt(users: ReadonlyMap<string, string>): Promise<readonly string[]> {
    const { taken } = await access.replaceSource(source, [...users.keys()])
    for (const [name, passwordHash] of users) {
      if (taken.includes(name)) continue
      const known = await access.password(name)
      if (known?.hash !== passwordHash) await access.changeAccount(name, { passwordHash })
    }
    return taken
  }

  async function take(path: string): Promise<void> {
    const { stamp, text } = await readText(path)
    const { users, problems } = parseHtpasswd(text)
    const taken = await adopt(users)
    read = stamp
    seen = stamp
    onRead({ users: users.size - taken.length, problems, taken })
  }

  async function look(path: string): Promise<void> {
    const stamp = await withFile(path, stampOf)
    const settled = stamp === seen
    seen = stamp
    // Who writes it may be in the middle of that.
    if (settled && stamp !== read) await take(path)
  }

  return {
    async load() {
      if (file === undefined) {
        await access.replaceSource(source, [])
        return
      }
      await take(file).catch((error: unknown) => {
        throw explain(file, error)
      })
    },
    async poll() {
      if (file === undefined) return
      try {
        await look(file)
        failure = undefined
      } catch (cause) {
        const error = explain(file, cause)
        if (error.message !== failure) onFailure(error)
        failure = error.message
      }
    },
  }
}
