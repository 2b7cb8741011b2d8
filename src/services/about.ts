/** What the registry says about itself. */
export interface About {
  readonly version: string
  /** Switches of the configuration that change what clients may do. */
  readonly features: Readonly<Record<string, boolean>>
  /** Bytes, or numbers of things. */
  readonly limits: Readonly<Record<string, number>>
}
