/** How much expensive work is done at a time, and how much waits for it. */
export interface GateOptions {
  readonly atOnce: number
  /** Further work is refused. */
  readonly waiting: number
  /** Of those, for one source: so that none keeps all others out. */
  readonly waitingOfOne: number
}

export interface Gate {
  /**
   * Does the work in its turn.
   * @param source who wants it, e.g. a network.
   * @returns `undefined`, at once, if too much is waiting already.
   */
  pass<T>(source: string, work: () => Promise<T>): Promise<T> | undefined
}

export function createGate({ atOnce, waiting: most, waitingOfOne }: GateOptions): Gate {
  const waiting: { readonly source: string; readonly begin: () => void }[] = []
  let running = 0

  function next(): void {
    running -= 1
    waiting.shift()?.begin()
  }

  async function run<T>(work: () => Promise<T>): Promise<T> {
    running += 1
    try {
      return await work()
    } finally {
      next()
    }
  }

  return {
    pass(source, work) {
      if (running < atOnce) return run(work)
      const own = waiting.filter((each) => each.source === source).length
      if (waiting.length >= most || own >= waitingOfOne) return undefined
      return new Promise((resolve, reject) => {
        waiting.push({ source, begin: () => void run(work).then(resolve, reject) })
      })
    },
  }
}
