/** A source of numbers that a seed repeats. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** @throws Error if there is nothing to pick from. */
  pick<Item>(items: readonly Item[]): Item
  /** Each item as often as its weight says. @throws Error if no weight is above 0. */
  pickWeighted<Item>(items: readonly (readonly [Item, number])[]): Item
  chance(probability: number): boolean
  /** Another source, which depends on this one's seed and the label alone. */
  fork(label: string): Random
}

/** FNV-1a: spreads a text over 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193)
  return hash >>> 0
}

/** Weyl sequence with a mixing step; good enough for choices, and the same on every machine. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between,
    pick(items) {
      if (items.length === 0) throw new Error('nothing to pick from')
      return items[between(0, items.length - 1)] as (typeof items)[number]
    },
    pickWeighted(items) {
      let ticket = next() * items.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [item, weight] of items) {
        ticket -= weight
        if (ticket < 0) return item
      }
      throw new Error('nothing to pick from')
    },
    chance: (probability) => next() < probability,
    fork: (label) => createRandom(hashText(`${seed} ${label}`)),
  }
}
