import { packError, type SentError, unpackError } from './errors.ts'

/**
 * Calls between two processes that are joined by a channel. Arguments and results are cloned on the
 * way (buffers, maps and sets arrive as such); an error arrives as one of the same words and code.
 */

type Call = (...args: never[]) => unknown

/** What one side can be asked for. */
export type Calls<T> = { readonly [Name in keyof T]: Call }

type Arguments<F> = F extends (...args: infer Args) => unknown ? Args : never
type Result<F> = F extends (...args: never[]) => infer Value ? Awaited<Value> : never

type Message =
  | { readonly name: string; readonly args: readonly unknown[]; readonly id?: number }
  | { readonly answer: number; readonly value: unknown }
  | { readonly answer: number; readonly error: SentError }

/** This side's end. */
export interface Link<Theirs extends Calls<Theirs>> {
  /** Rejects with what the other side threw, or if the channel closes first. */
  call<Name extends keyof Theirs & string>(
    name: Name,
    ...args: Arguments<Theirs[Name]>
  ): Promise<Result<Theirs[Name]>>
  /** The same, without an answer; nothing happens if the channel is closed. */
  tell<Name extends keyof Theirs & string>(name: Name, ...args: Arguments<Theirs[Name]>): void
  /** To be given what `post` sent, in its order, for what is told is done at once. */
  receive(message: unknown): void
  /** The channel is closed: what is waited for rejects. */
  close(): void
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * Messages of one turn of the event loop go together, for each that is sent wakes the other side.
 *
 * @param post sends messages; if the channel is closed it does nothing, and `close` is called.
 * @param oursOf makes, for this link, what the other side may ask for.
 * @param onFailure told what fails of that which the other side told us to do.
 */
export function createLink<Ours extends Calls<Ours>, Theirs extends Calls<Theirs>>(
  post: (messages: readonly Message[]) => void,
  oursOf: (link: Link<Theirs>) => Ours,
  onFailure: (error: unknown) => void,
): Link<Theirs> {
  const waiting = new Map<number, Waiting>()
  let last = 0
  let closed = false
  let leaving: Message[] = []

  const gone = () => new Error('the process that was asked has ended')

  function flush(): void {
    const messages = leaving
    leaving = []
    if (!closed) post(messages)
  }

  function send(message: Message): void {
    leaving.push(message)
    if (leaving.length === 1) setImmediate(flush)
  }

  async function answer(id: number, work: () => unknown): Promise<void> {
    try {
      send({ answer: id, value: await work() })
    } catch (error) {
      send({ answer: id, error: packError(error) })
    }
  }

  async function attempt(work: () => unknown): Promise<void> {
    try {
      await work()
    } catch (error) {
      onFailure(error)
    }
  }

  function settle(message: Extract<Message, { readonly answer: number }>): void {
    const asked = waiting.get(message.answer)
    waiting.delete(message.answer)
    if ('error' in message) asked?.reject(unpackError(message.error))
    else asked?.resolve(message.value)
  }

  function take(message: Message): void {
    if ('answer' in message) {
      settle(message)
      return
    }
    const { name, args, id } = message
    const work = () => (ours[name as keyof Ours] as Call)(...(args as never[]))
    void (id === undefined ? attempt(work) : answer(id, work))
  }

  const link: Link<Theirs> = {
    call(name, ...args) {
      last += 1
      const id = last
      return new Promise((resolve, reject) => {
        if (closed) return reject(gone())
        waiting.set(id, { resolve: resolve as Waiting['resolve'], reject })
        send({ name, args, id })
      })
    },
    tell(name, ...args) {
      send({ name, args })
    },
    receive(received) {
      for (const message of received as readonly Message[]) take(message)
    },
    close() {
      closed = true
      for (const { reject } of waiting.values()) reject(gone())
      waiting.clear()
    },
  }
  const ours = oursOf(link)
  return link
}
