/**
 * The terms of an index and, roughly, where each occurs: how many units of a block have it. A search
 * reads this to choose where to look, and the terms of the units themselves there, so that what it
 * costs is not what all units cost.
 */
export interface Term {
  /** Its number, which units know it by; used again once no unit has the term. */
  readonly id: number
  readonly word: string
  /** How many units have it. */
  units: number
  /** Its blocks, oldest first; `blockOf` and `countIn` read them. */
  blocks: number[]
}

export interface Vocabulary {
  /** The ids of the next unit's terms, in their order; units are numbered from 0. */
  add(words: readonly string[]): readonly number[]
  find(word: string): Term | undefined
  get(id: number): Term | undefined
  /** Lets go of the oldest units, by the terms of each; a multiple of a block's. */
  forget(units: readonly Int32Array[]): void
  /** The number of the oldest unit that is still held. */
  readonly first: number
  /** By id, the place of a term among those of the search under way; -1 where it is none of them. */
  readonly slots: Int16Array
}

/** Units in a block. */
export const blockUnits = 16
/** More than the units of a block, so that both numbers fit in one. */
const countLimit = 32

const firstIn = (block: number) => block * countLimit + 1
export const blockOf = (packed: number) => Math.floor(packed / countLimit)
/** How many units of its block have the term. */
export const countIn = (packed: number) => packed % countLimit

export function createVocabulary(): Vocabulary {
  const known = new Map<string, Term>()
  const terms: (Term | undefined)[] = []
  const unused: number[] = []
  let slots = new Int16Array(64).fill(-1)
  let next = 0
  let first = 0

  function idOf(word: string): number {
    const found = known.get(word)
    if (found) return found.id
    const id = unused.pop() ?? terms.length
    const term: Term = { id, word, units: 0, blocks: [] }
    terms[id] = term
    known.set(word, term)
    if (id >= slots.length) {
      const longer = new Int16Array(2 * slots.length).fill(-1)
      longer.set(slots)
      slots = longer
    }
    return id
  }

  function drop(term: Term, firstBlock: number): void {
    term.units--
    if (term.units === 0) {
      known.delete(term.word)
      terms[term.id] = undefined
      unused.push(term.id)
    } else if (blockOf(term.blocks[0] ?? 0) < firstBlock) {
      term.blocks = term.blocks.filter((packed) => blockOf(packed) >= firstBlock)
    }
  }

  return {
    get first() {
      return first
    },
    get slots() {
      return slots
    },
    find: (word) => known.get(word),
    get: (id) => terms[id],
    add(words) {
      const block = Math.floor(next++ / blockUnits)
      const ids = words.map(idOf).sort((one, other) => one - other)
      for (const term of distinct(ids, terms)) {
        term.units++
        const last = term.blocks.length - 1
        const packed = term.blocks[last]
        if (packed !== undefined && blockOf(packed) === block) term.blocks[last] = packed + 1
        else term.blocks.push(firstIn(block))
      }
      return ids
    },
    forget(units) {
      first += units.length
      for (const ids of units) {
        for (const term of distinct(ids, terms)) drop(term, first / blockUnits)
      }
    },
  }
}

function* distinct(ids: ArrayLike<number>, terms: readonly (Term | undefined)[]): Generator<Term> {
  for (let at = 0; at < ids.length; at++) {
    const term = terms[ids[at] ?? -1]
    if (term && ids[at] !== ids[at - 1]) yield term
  }
}
