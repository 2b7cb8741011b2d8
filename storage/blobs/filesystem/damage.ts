import type { Damage, Damaged } from '../store.ts'
import { hasCode } from './absence.ts'

/** Tells that a stored object is bad, and how. */
export class DamagedError extends Error implements Damaged {
  override readonly name = 'DamagedError'
  readonly damage: Damage

  constructor(damage: Damage, message: string, options?: ErrorOptions) {
    super(message, options)
    this.damage = damage
  }
}

/** What the system reports for bytes a disk can't give back. Too many open files, say, is no such code. */
const unreadable = ['EIO', 'EUCLEAN', 'EBADMSG', 'ENODATA']

/** The error of a call on an object's file, in our words where the file itself is at fault. */
export function explainReadError(error: unknown, name: string): unknown {
  if (!unreadable.some((code) => hasCode(error, code))) return error
  return new DamagedError('unreadable', `${name} can't be read from the disk`, { cause: error })
}
