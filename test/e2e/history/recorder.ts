import type { History, Operation } from './operation.ts'

export interface Recorder<Request, Answer> {
  /**
   * Runs `send` and keeps what it gives; several may run at once, on one connection too. The start
   * is taken before `send` is called. If `send` gives nothing, the operation has no answer.
   */
  record(
    connection: number,
    request: Request,
    send: () => Promise<Answer | undefined>,
  ): Promise<Answer | undefined>
  /** @throws Error while a request is under way. */
  history(): History<Request, Answer>
}

/** One counter for all: ticks of different recorders can be compared, and no two are alike. */
let ticks = 0

export function createRecorder<Request, Answer>(): Recorder<Request, Answer> {
  const operations: Operation<Request, Answer>[] = []
  let underWay = 0
  return {
    async record(connection, request, send) {
      const start = ++ticks
      underWay += 1
      const answer = await send()
      underWay -= 1
      const end = answer === undefined ? Number.POSITIVE_INFINITY : ++ticks
      operations.push({ connection, start, end, request, answer })
      return answer
    },
    history() {
      if (underWay > 0) throw new Error(`${underWay} requests are still under way`)
      return operations.toSorted((one, other) => one.start - other.start)
    },
  }
}
