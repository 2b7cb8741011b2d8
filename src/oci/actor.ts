/** Who changed something, as it is written down. */
export interface Actor {
  /** The user; `undefined` where nobody has to say who they are. */
  readonly name?: string | undefined
  /** Where it came from: an IP address, or what did it by itself (`retention`). */
  readonly client: string
  /** The User-Agent, cut to what is worth keeping. */
  readonly agent?: string | undefined
}
