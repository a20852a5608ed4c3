/** Something in a list, with its place in it. */
export interface Placed<T> {
  readonly place: number
  readonly item: T
}

/**
 * Parts a list into rounds, each of which has at the most one item of a key, so that items of the same
 * key come one after the other, and all others together. One round suffices where all keys differ.
 */
export function inRounds<T>(items: readonly T[], keyOf: (item: T) => string): Placed<T>[][] {
  const rounds: Placed<T>[][] = []
  const seen = new Map<string, number>()
  for (const [place, item] of items.entries()) {
    const key = keyOf(item)
    const round = seen.get(key) ?? 0
    seen.set(key, round + 1)
    rounds[round] = [...(rounds[round] ?? []), { place, item }]
  }
  return rounds
}
