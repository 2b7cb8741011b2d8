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
  /** To be given each message that came; in order, for what is told is done at once. */
  receive(message: unknown): void
  /** The channel is closed: what is waited for rejects. */
  close(): void
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

/**
 * @param post sends a message; false if the channel is closed.
 * @param oursOf makes, for this link, what the other side may ask for.
 * @param onFailure told what fails of that which the other side told us to do.
 */
export function createLink<Ours extends Calls<Ours>, Theirs extends Calls<Theirs>>(
  post: (message: Message) => boolean,
  oursOf: (link: Link<Theirs>) => Ours,
  onFailure: (error: unknown) => void,
): Link<Theirs> {
  const waiting = new Map<number, Waiting>()
  let last = 0

  const closed = () => new Error('the process that was asked has ended')

  async function answer(id: number, work: () => unknown): Promise<void> {
    try {
      post({ answer: id, value: await work() })
    } catch (error) {
      post({ answer: id, error: packError(error) })
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

  const link: Link<Theirs> = {
    call(name, ...args) {
      last += 1
      const id = last
      return new Promise((resolve, reject) => {
        if (!post({ name, args, id })) return reject(closed())
        waiting.set(id, { resolve: resolve as Waiting['resolve'], reject })
      })
    },
    tell(name, ...args) {
      post({ name, args })
    },
    receive(received) {
      const message = received as Message
      if ('answer' in message) return settle(message)
      const { name, args, id } = message
      const work = () => (ours[name as keyof Ours] as Call)(...(args as never[]))
      void (id === undefined ? attempt(work) : answer(id, work))
    },
    close() {
      for (const { reject } of waiting.values()) reject(closed())
      waiting.clear()
    },
  }
  const ours = oursOf(link)
  return link
}
