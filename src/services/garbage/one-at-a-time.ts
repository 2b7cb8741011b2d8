/**
 * Does a work one after the other: all who ask while it is done share the next one, which is begun
 * with what they asked for, merged.
 */
export function createOneAtATime<Wish, Result>(
  work: (wish: Wish) => Promise<Result>,
  merge: (first: Wish, other: Wish) => Wish,
): (wish: Wish) => Promise<Result> {
  let current: Promise<unknown> = Promise.resolve()
  let next: { wish: Wish; readonly result: Promise<Result> } | undefined

  async function begin(first: Wish): Promise<Result> {
    await current.catch(() => undefined)
    const mine = work(next?.wish ?? first)
    current = mine
    next = undefined
    return mine
  }

  return (wish) => {
    if (next) next.wish = merge(next.wish, wish)
    else next = { wish, result: begin(wish) }
    return next.result
  }
}
