/** By this the thread knows what it is. */
export const kind = 'layerhouse bcrypt thread'

export interface CompareOrder {
  readonly password: string
  readonly hash: string
}

/** In the order of the orders. */
export type CompareAnswer = { readonly fits: boolean } | { readonly error: string }
