import { OciError } from '../oci/errors.ts'

/** Passes `body` on. @throws OciError SIZE_INVALID as soon as it is longer, or at its end if shorter. */
export async function* exactly(
  body: AsyncIterable<Buffer>,
  length: number,
): AsyncGenerator<Buffer> {
  let seen = 0
  for await (const chunk of body) {
    seen += chunk.length
    if (seen > length) break
    yield chunk
  }
  if (seen !== length) {
    throw new OciError('SIZE_INVALID', {
      message: `the body is ${seen > length ? 'longer' : 'shorter'} than the ${length} bytes its range names`,
    })
  }
}
