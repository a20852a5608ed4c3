/** A number from 0 to 1 that follows from a seed and a text alone: FNV-1a, then one round of mixing. */
export function chance(seed: number, text: string): number {
  let hash = (2_166_136_261 ^ seed) >>> 0
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619) >>> 0
  }
  hash = Math.imul(hash ^ (hash >>> 15), 2_246_822_507) >>> 0
  hash = (hash ^ (hash >>> 13)) >>> 0
  return hash / 2 ** 32
}

/** One of several, by seed and text. */
export function pick<T>(items: readonly [T, ...T[]], seed: number, text: string): T {
  return items[Math.floor(chance(seed, text) * items.length)] ?? items[0]
}
