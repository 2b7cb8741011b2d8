import { type Duplex, Readable } from 'node:stream'

/**
 * What a stream of Node's makes of `source`, with back-pressure on both sides. An error of the source
 * is passed on as it is, and one of the stream's own as `explain` has it.
 */
export async function* throughCodec(
  source: AsyncIterable<Buffer>,
  codec: Duplex,
  explain: (error: Error) => Error,
): AsyncGenerator<Buffer> {
  const input = Readable.from(source)
  let failure: Error | undefined
  input.once('error', (error) => {
    failure = error
    codec.destroy(error)
  })
  try {
    for await (const chunk of input.pipe(codec)) yield chunk as Buffer
  } catch (error) {
    throw failure ?? explain(error as Error)
  } finally {
    input.destroy()
    codec.destroy()
  }
}
