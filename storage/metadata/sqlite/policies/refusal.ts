import type { Refusal, Refused } from '../../policies/store.ts'

/** Thrown inside of a transaction, which is undone by it. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(`refused: ${refusal.reason}`)
    this.refusal = refusal
  }
}

/** What a write gives, or what refused it. */
export async function orRefused<Result>(written: Promise<Result>): Promise<Result | Refused> {
  try {
    return await written
  } catch (error) {
    if (error instanceof RefusedError) return { refused: error.refusal }
    throw error
  }
}
