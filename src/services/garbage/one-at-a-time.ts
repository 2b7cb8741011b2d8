/**
 * Does a work one after the other: all who ask while it is done share the next one, with what the
 * first of them gave.
 */
export function createOneAtATime<Arg, Result>(
  work: (arg: Arg) => Promise<Result>,
): (arg: Arg) => Promise<Result> {
  let current: Promise<unknown> = Promise.resolve()
  let next: Promise<Result> | undefined

  async function begin(arg: Arg): Promise<Result> {
    await current.catch(() => undefined)
    const mine = work(arg)
    current = mine
    next = undefined
    return mine
  }

  return (arg) => {
    next ??= begin(arg)
    return next
  }
}
