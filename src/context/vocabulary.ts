/**
 * The terms of an index and, roughly, where each occurs: how many units of a block have it. A search
 * reads this to choose where to look, and the terms of the units themselves there, so that what it
 * costs is not what all units cost.
 */
export interface Term {
  readonly word: string
  /** How many units have it. */
  units: number
  /** Its blocks, oldest first, as `packBlock` makes them. */
  blocks: number[]
  /** Its place among the terms of the search under way; -1 where it is none of them. */
  slot: number
}

export interface Vocabulary {
  /** The terms of the next unit, repeats beside each other; units are numbered from 0 as they come. */
  add(words: readonly string[]): readonly Term[]
  find(word: string): Term | undefined
  /** Lets go of the oldest units, by the terms of each; a multiple of a block's. */
  forget(units: readonly { readonly terms: readonly Term[] }[]): void
  /** The number of the oldest unit that is still held. */
  readonly first: number
}

/** Units in a block. */
export const blockUnits = 16
/** More than the units of a block, so that both numbers fit in one. */
const countLimit = 32

const packBlock = (block: number) => block * countLimit + 1
export const blockOf = (packed: number) => Math.floor(packed / countLimit)
/** How many units of its block have the term. */
export const countIn = (packed: number) => packed % countLimit

export function createVocabulary(): Vocabulary {
  const known = new Map<string, Term>()
  let next = 0
  let first = 0

  function termOf(word: string): Term {
    const found = known.get(word)
    if (found) return found
    const term: Term = { word, units: 0, blocks: [], slot: -1 }
    known.set(word, term)
    return term
  }

  return {
    get first() {
      return first
    },
    find: (word) => known.get(word),
    add(words) {
      const block = Math.floor(next++ / blockUnits)
      // Sorted by the word, since a term has no order of its own.
      const terms = words.toSorted().map(termOf)
      for (let at = 0; at < terms.length; at++) {
        const term = terms[at]
        if (!term || term === terms[at - 1]) continue
        term.units++
        const last = term.blocks.length - 1
        const packed = term.blocks[last]
        if (packed !== undefined && blockOf(packed) === block) term.blocks[last] = packed + 1
        else term.blocks.push(packBlock(block))
      }
      return terms
    },
    forget(units) {
      first += units.length
      const firstBlock = first / blockUnits
      for (const { terms } of units) {
        for (let at = 0; at < terms.length; at++) {
          const term = terms[at]
          if (!term || term === terms[at - 1]) continue
          term.units--
          if (term.units === 0) known.delete(term.word)
          else if (blockOf(term.blocks[0] ?? 0) < firstBlock) {
            term.blocks = term.blocks.filter((packed) => blockOf(packed) >= firstBlock)
          }
        }
      }
    },
  }
}
