import type { Rights } from '../../access/rights.ts'

/** Who may do what, as it is now: a change holds for every request that begins after it, in each process. */
export interface Access {
  /** Never rejects for another reason than a failing store: whoever asks must refuse then. */
  rights(): Promise<Rights>
}
