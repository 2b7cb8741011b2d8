import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './command.ts'

/** What helpers tie the life of processes and directories to: a tap test is one. */
export interface Scope {
  /** Runs when the scope ends, last one first. */
  teardown(action: () => unknown): unknown
}

/** A scope for programs that are no tap test. `close` runs every action, even after one failed. */
export function createScope(): Scope & { close(): Promise<void> } {
  const actions: (() => unknown)[] = []
  return {
    teardown: (action) => actions.unshift(action),
    close: async () => {
      const failures: unknown[] = []
      for (const action of actions.splice(0)) {
        await Promise.resolve()
          .then(action)
          .catch((error: unknown) => failures.push(error))
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}

/** Unmounts what container engines leave mounted below `path`, such as a network namespace. */
async function unmountBelow(path: string): Promise<void> {
  const table = await readFile('/proc/mounts', 'utf8')
  const points = table.split('\n').map((line) => line.split(' ')[1] ?? '')
  for (const point of points.reverse().filter((point) => point.startsWith(`${path}/`))) {
    await run('umount', [point])
  }
}

/**
 * A new directory below the system's temporary one, removed at the end of `scope`. Not `t.testdir`:
 * its paths are too long for the sockets of container engines.
 */
export async function temporaryDirectory(scope: Scope): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'layerhouse-e2e-'))
  scope.teardown(async () => {
    await unmountBelow(path)
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
  })
  return path
}
