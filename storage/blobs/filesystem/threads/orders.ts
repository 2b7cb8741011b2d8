import type { Algorithm } from '../../../../src/oci/digest.ts'

/** What the threads that store big bodies are told by: they know by this that they are ones. */
export const kind = 'layerhouse store thread'

/** A hash that goes on in a thread, by its number. */
export interface HashName {
  readonly id: number
  readonly algorithm: Algorithm
}

/** The next bytes of a body. */
export interface StoreOrder {
  readonly store: {
    /** Of the process; the thread uses it, and does not close it. */
    readonly fd: number
    readonly position: number
    /** Come with their memory. */
    readonly chunks: readonly Uint8Array[]
    /** Once bytes of a body could not be written, none that come later are. */
    readonly body: number
    readonly hash: HashName | undefined
  }
}

/** What the system says of a call that failed. */
export interface FailedCall {
  readonly message: string
  readonly code?: string
  readonly errno?: number
}

/** All but `end` are answered, in their order. */
export type Order = StoreOrder | { readonly digest: number } | { readonly end: number }

export type Answer = { readonly hex: string | undefined } | { readonly error: FailedCall }
