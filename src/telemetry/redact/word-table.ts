import { foldCode } from './character-class.ts'

/**
 * Words by the hash of their lower-case codes. The scan hashes each word as it passes over it, so that
 * most words cost one look at a small table and no string is made of them.
 */
export class WordTable<Value> {
  readonly #hashes = new Int32Array(size)
  /** 1 where a slot is taken; typed arrays answer the common "no" fastest. */
  readonly #taken = new Uint8Array(size)
  readonly #slots: (readonly (readonly [word: string, value: Value])[])[] = new Array(size).fill([])

  /** Values of one word are returned in the order in which they were added. */
  add(word: string, value: Value): void {
    const slot = this.#slotOf(hashOf(word))
    this.#hashes[slot] = hashOf(word)
    this.#taken[slot] = 1
    this.#slots[slot] = [...(this.#slots[slot] ?? []), [word, value]]
  }

  /** Entries whose word has this hash; the caller compares the word itself. */
  get(hash: number): readonly (readonly [word: string, value: Value])[] | undefined {
    let slot = hash & mask
    while (this.#taken[slot] === 1) {
      if (this.#hashes[slot] === hash) return this.#slots[slot]
      slot = (slot + 1) & mask
    }
    return undefined
  }

  #slotOf(hash: number): number {
    let slot = hash & mask
    while (this.#taken[slot] === 1 && this.#hashes[slot] !== hash) slot = (slot + 1) & mask
    return slot
  }
}

/** About eight times the number of words known, so that chains stay short. */
const size = 1 << 14
const mask = size - 1

/** Continues the hash of a word by one code unit; start at 0. */
export function addToHash(hash: number, foldedCode: number): number {
  return (Math.imul(hash, 31) + foldedCode) | 0
}

/** The hash of a whole word, whatever its case. */
export function hashOf(word: string): number {
  let hash = 0
  for (let at = 0; at < word.length; at++) hash = addToHash(hash, foldCode(word.charCodeAt(at)))
  return hash
}
