import { spawn } from 'node:child_process'
import { surroundings, watchChild } from './children.ts'

export interface Tool {
  /** What it printed, once it has ended well. Rejects otherwise. */
  readonly done: Promise<string>
  readonly end: () => void
}

/** Starts a load generator; it is killed with this process. */
export function startTool(command: string, args: readonly string[]): Tool {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: surroundings() })
  watchChild(child)
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  const done = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const text = Buffer.concat(out).toString()
      if (code === 0) resolve(text)
      else {
        const words = Buffer.concat([...err, ...out]).toString()
        reject(new Error(`${[command, ...args].join(' ')}: ${signal ?? `exit ${code}`}\n${words}`))
      }
    })
  })
  return { done, end: () => child.kill('SIGTERM') }
}

export function runTool(command: string, args: readonly string[]): Promise<string> {
  return startTool(command, args).done
}
