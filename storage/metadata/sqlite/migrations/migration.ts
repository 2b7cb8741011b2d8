/** One step of the schema. Never edited once released; a correction is the next number. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
}
