import { humanBytes } from '../services/human-bytes.ts'
import type { Output } from './command.ts'

/** How far a long command is with what it does now. */
export interface ProgressState {
  /** What is counted, e.g. `blobs`. */
  readonly what: string
  readonly done?: number | undefined
  readonly total?: number | undefined
  /** Done by now. */
  readonly bytes?: number | undefined
  readonly totalBytes?: number | undefined
}

/** Tells a person, or a log, how far a long command is. */
export interface Progress {
  /** Costs next to nothing, so that it may be called for every item. */
  show(state: ProgressState): void
  /** Takes the line away; to be called before anything else is written. */
  end(): void
}

export interface ProgressOptions {
  readonly out: Output
  /** Says nothing. */
  readonly quiet: boolean
  /** Milliseconds, monotonic. */
  readonly now?: () => number
}

/** Milliseconds between two lines: on a terminal they replace one another. */
const every = { terminal: 100, log: 5_000 } as const

const eraseLine = '\r\u001b[K'

/** `blobs 12/340, 1.4 GiB, 80 MiB/s`. `seconds`: since the first byte of it. */
export function formatProgress(state: ProgressState, seconds: number): string {
  const { what, done, total, bytes, totalBytes } = state
  const parts: string[] = []
  if (done !== undefined) parts.push(total === undefined ? `${done}` : `${done}/${total}`)
  if (bytes !== undefined) {
    const of = totalBytes === undefined ? '' : ` of ${humanBytes(totalBytes)}`
    parts.push(`${humanBytes(bytes)}${of}`)
    if (seconds >= 1) parts.push(`${humanBytes(bytes / seconds)}/s`)
  }
  return `${what} ${parts.join(', ')}`
}

export function createProgress(options: ProgressOptions): Progress {
  const { out, quiet, now = () => performance.now() } = options
  if (quiet) return { show: () => undefined, end: () => undefined }
  const terminal = out.isTTY === true
  const pause = terminal ? every.terminal : every.log
  let what: string | undefined
  let begun = now()
  let written = begun
  let onLine = false
  return {
    show(state) {
      const time = now()
      if (state.what !== what) {
        what = state.what
        begun = time
      }
      if (time - written < pause) return
      written = time
      const text = formatProgress(state, (time - begun) / 1000)
      out.write(terminal ? `${eraseLine}${text}` : `${text}\n`)
      onLine = terminal
    },
    end() {
      if (onLine) out.write(eraseLine)
      onLine = false
    },
  }
}
