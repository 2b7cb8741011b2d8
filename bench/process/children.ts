import type { ChildProcess } from 'node:child_process'

/** Processes that must not outlive this one, whatever ends it. */
const alive = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** Remembers a child until it has ended. */
export function watchChild(child: ChildProcess): void {
  alive.add(child)
  child.once('exit', () => alive.delete(child))
  child.once('error', () => alive.delete(child))
}

/** Our own surroundings, without what a test runner or a shell has set for this program alone. */
export function surroundings(): NodeJS.ProcessEnv {
  const foreign = (name: string) =>
    name.startsWith('LAYERHOUSE_') || name === 'NODE_OPTIONS' || name === 'NODE_V8_COVERAGE'
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign(name)))
}
