import type { Body } from '../../storage/blobs/store.ts'
import { OciError } from '../oci/errors.ts'

async function* pass(body: Body, length: number): AsyncGenerator<Buffer> {
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

/** Passes `body` on. @throws OciError SIZE_INVALID as soon as it is longer, or at its end if shorter. */
export function exactly(body: Body, length: number): Body {
  return {
    given: body.given === true,
    [Symbol.asyncIterator]: () => pass(body, length)[Symbol.asyncIterator](),
  }
}
