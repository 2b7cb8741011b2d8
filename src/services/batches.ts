/** Things looked up in one call to a store. */
export const batchSize = 500

/** The items in groups of {@link batchSize}, the last one smaller. */
export async function* batches<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let held: T[] = []
  for await (const item of items) {
    held.push(item)
    if (held.length < batchSize) continue
    yield held
    held = []
  }
  if (held.length > 0) yield held
}
