import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { type Digest, isDigest } from '../../src/oci/digest.ts'
import { hasCode } from '../blobs/filesystem/absence.ts'

/** What a link file says. Times are milliseconds since 1970. */
export type LinkFile =
  | { readonly digest: Digest; readonly writtenAt: number }
  | { readonly problem: 'empty link' | 'broken link' | 'symbolic link' | 'stray' }

/** The longest digest, and a line break. */
const longest = 160

async function readStart(path: string): Promise<{ readonly text: string; readonly at: number }> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { mtimeMs } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longest), 0, longest, 0)
    return { text: buffer.toString('latin1', 0, bytesRead), at: Math.floor(mtimeMs) }
  } finally {
    await file.close()
  }
}

/** @returns `undefined` if there is no file: what it linked was deleted. */
export async function readLink(path: string): Promise<LinkFile | undefined> {
  try {
    const { text, at } = await readStart(path)
    const digest = text.trim()
    if (isDigest(digest)) return { digest, writtenAt: at }
    return { problem: /^\0*$/.test(digest) ? 'empty link' : 'broken link' }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    if (hasCode(error, 'ELOOP')) return { problem: 'symbolic link' }
    if (hasCode(error, 'ENOTDIR') || hasCode(error, 'EISDIR')) return { problem: 'stray' }
    throw error
  }
}
