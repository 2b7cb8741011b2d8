/** Everything that is wrong with the configuration, found in one go. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** Each names the key, variable or flag, and the cure. */
  readonly messages: readonly string[]

  constructor(messages: readonly string[]) {
    super(messages.join('\n'))
    this.messages = messages
  }
}
