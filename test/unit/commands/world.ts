import type { Environment } from '../../../config/environment.ts'
import type { Io } from '../../../src/commands/command.ts'

interface World {
  readonly io: Io
  readonly stdout: () => string
  readonly stderr: () => string
}

/** An {@link Io} that keeps what is written. */
export function createWorld(env: Environment = {}): World {
  const written = { stdout: '', stderr: '' }
  const output = (name: 'stdout' | 'stderr') => ({
    write(text: string) {
      written[name] += text
    },
  })
  return {
    io: { stdout: output('stdout'), stderr: output('stderr'), env },
    stdout: () => written.stdout,
    stderr: () => written.stderr,
  }
}
