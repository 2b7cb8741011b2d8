import type { BigIntStats } from 'node:fs'
import type { Opened } from './reader.ts'

/**
 * A file's size, and a text that changes with any write to it. Not its change time: a hard link made
 * by a backup moves that.
 */
export function describe({ ino, mtimeNs, size }: BigIntStats): Opened {
  return { size: Number(size), version: `${ino}-${mtimeNs}-${size}` }
}
