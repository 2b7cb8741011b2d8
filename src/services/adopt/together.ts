/**
 * Does a job with each item, `width` at the same time. After a failure no further one is begun; it is
 * thrown when those under way have ended.
 */
export async function together<Item>(
  items: Iterable<Item>,
  width: number,
  job: (item: Item) => Promise<unknown>,
): Promise<void> {
  const rest = items[Symbol.iterator]()
  let failure: { readonly reason: unknown } | undefined

  async function work(): Promise<void> {
    for (let next = rest.next(); !next.done && !failure; next = rest.next()) {
      try {
        await job(next.value)
      } catch (reason) {
        failure ??= { reason }
      }
    }
  }

  await Promise.all(Array.from({ length: width }, work))
  if (failure) throw failure.reason
}
