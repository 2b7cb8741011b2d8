/** One small secret text, such as the keys that sign tokens, which nobody else on the machine can read. */
export interface KeyStore {
  /** `undefined` if there is none yet. */
  read(): Promise<string | undefined>
  /** Replaces it for good: the old or the new text is there, whatever happens. */
  write(text: string): Promise<void>
  /** Nothing happens if there is none. */
  remove(): Promise<void>
}
