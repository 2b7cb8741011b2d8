import { fork } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createLink, type Link } from '../link.ts'
import type { CallsOfMain, CallsOfWorker } from '../protocol.ts'

/** A worker's process, from its start to its end. */
export interface WorkerProcess {
  /** To be called once, with what the worker may ask for. */
  open(answers: (worker: Link<CallsOfWorker>) => CallsOfMain): Link<CallsOfWorker>
  /** Hands a connection over, which nobody has read from. It stays open here, too. */
  give(connection: number, socket: Socket): void
  /** Ends it at once. */
  kill(): void
  /** Resolves when it is no more, with the reason. */
  readonly ended: Promise<string>
}

const program = fileURLToPath(new URL('../worker/main.js', import.meta.url))

export interface ProcessOptions {
  /** Told what fails of that which the worker tells us to do. */
  readonly onFailure: (error: unknown) => void
  /** Takes the worker's output; without it, that goes where this process's goes. */
  readonly onLog?: ((text: string) => void) | undefined
}

export function startProcess({ onFailure, onLog }: ProcessOptions): WorkerProcess {
  const child = fork(program, [], {
    serialization: 'advanced',
    stdio: ['ignore', onLog ? 'pipe' : 'inherit', 'inherit', 'ipc'],
  })
  child.stdout?.setEncoding('utf8').on('data', (text: string) => onLog?.(text))

  function post(messages: readonly object[]): void {
    // A channel that breaks just now is told of by `exit`.
    if (child.connected) child.send(messages, () => {})
  }

  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  return {
    open(answers) {
      const link = createLink<CallsOfMain, CallsOfWorker>(post, answers, onFailure)
      child.on('message', (message) => link.receive(message))
      void ended.then(link.close)
      return link
    },
    give(connection, socket) {
      // Kept open, for if the worker ends before it has taken it Node would never close it here.
      if (child.connected) child.send({ connection }, socket, { keepOpen: true }, () => {})
    },
    kill: () => void child.kill('SIGKILL'),
    ended,
  }
}
