/** One request and what became of it, as its client saw it. Times are ticks of one counter. */
export interface Operation<Request, Answer> {
  /** What was sent on one connection takes effect in the order it was sent (RFC 9112 §9.3.2). */
  readonly connection: number
  /** Before the first byte was sent. */
  readonly start: number
  /** After the last byte of the answer came; infinite if none did: it may take effect at any time. */
  readonly end: number
  readonly request: Request
  /** None if the connection broke: the request may have taken effect, or not, or may still. */
  readonly answer: Answer | undefined
}

/** Operations on one thing; complete once no request is under way. */
export type History<Request, Answer> = readonly Operation<Request, Answer>[]
