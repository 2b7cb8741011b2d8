import { createCipheriv, createHash } from 'node:crypto'
import { type Content, contentOf } from '../helpers/push.ts'

/**
 * Content that is the same for the same label, so that nothing needs to be kept to send it again.
 * A key stream: no two offsets are alike, and a lost, doubled or moved piece changes the digest.
 */
export function contentFrom(label: string, size: number): Content {
  const key = createHash('sha256').update(label).digest()
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16))
  return contentOf(cipher.update(Buffer.alloc(size)))
}
