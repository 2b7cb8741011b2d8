/** Numbers that look random and are the same each time for one seed. */
export interface Dice {
  /** 0 to `sides - 1`. */
  roll(sides: number): number
  /** One chance in `sides`. */
  hits(sides: number): boolean
  pick<Item>(items: readonly Item[]): Item
  shuffle<Item>(items: readonly Item[]): readonly Item[]
  /** Bytes, each different from what any other call gave. */
  bytes(length: number): Buffer
}

/** A multiplicative generator (Lehmer) of the prime 2^31 - 1. */
export function createDice(seed: number): Dice {
  const prime = 2 ** 31 - 1
  let state = (seed % (prime - 1)) + 1
  const roll = (sides: number) => {
    // The product stays below 2^53.
    state = (state * 48_271) % prime
    return state % sides
  }
  const pick = <Item>(items: readonly Item[]) => items[roll(items.length)] as Item
  for (let warmUp = 0; warmUp < 8; warmUp++) roll(2)
  return {
    roll,
    hits: (sides) => roll(sides) === 0,
    pick,
    shuffle(items) {
      const rest = [...items]
      return items.map(() => rest.splice(roll(rest.length), 1)[0] as (typeof rest)[number])
    },
    bytes: (length) => Buffer.alloc(length).map(() => roll(256)) as Buffer,
  }
}
