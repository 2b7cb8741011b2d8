/** A page as a route shows it; `next` is where the following one begins, if there may be one. */
export interface ListPage<Item, Position> {
  readonly items: readonly Item[]
  readonly next?: Position
}
