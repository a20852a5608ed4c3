import type { TokenCount, Turn } from '../model/conversation.ts'
import { nearestUnits, vectorRanks } from './nearest-units.ts'
import { chooseWithin } from './recall-choice.ts'
import { readQuestion } from './recall-query.ts'
import { askedTerms, scoreUnits } from './recall-scores.ts'
import { createRecallUnits, type RecallUnit, unitsOf } from './recall-units.ts'
import type { RecalledTurn } from './recalled-text.ts'
import { createScoreBuffers } from './score-buffers.ts'
import { chooseRegion, gap } from './search-region.ts'
import { sumTokens } from './token-count.ts'
import { blockUnits, createVocabulary } from './vocabulary.ts'

/** Finds the older turns of one conversation that bear on a question, without a model. */
export interface RecallIndex {
  /**
   * Adds the next turn. A turn that is there already is passed over. With the vector of an embedding
   * model, turns are also found by meaning; all vectors must come from the same model.
   */
  add(turn: Turn, vector?: readonly number[]): void
  /** What fits the question within the budget, with its neighbours, in the order in which it was said. */
  search: Recall
  /** Whether the turn can be found; the oldest are let go of beyond the capacity. */
  has(seq: number): boolean
  /** The newest turn that was added, 0 where there is none. */
  readonly lastSeq: number
  /** About the memory that it takes, the turns included. */
  readonly bytes: number
}

export type Recall = (question: string, options: RecallOptions) => readonly RecalledTurn[]

export interface RecallOptions {
  /** What the record may cost, dates included. */
  readonly budgetTokens: number
  /** Turns from here on are in the context anyway. */
  readonly excludeFromSeq?: number
  /** The present, in milliseconds since the epoch; with it, `last week` finds last week. */
  readonly now?: number
  /** Tokens of the model for a count of ours; by default the count itself. */
  readonly price?: (count: TokenCount) => number
  /** The question's vector, from the model that made those of the turns. */
  readonly vector?: readonly number[]
  /** Turns that were found by meaning elsewhere, in place of vectors: their `seq`, the nearest first. */
  readonly nearest?: readonly number[] | undefined
}

/** 1 to 2 KB each, the turn itself included. */
export const recallCapacity = 16_384
/** A search ends before another begins, so that all indexes write into the same arrays. */
const buffers = createScoreBuffers()
/**
 * Units that a search looks at in full: several times what its budget has room for. On 2,760 turns that
 * finds as much, within half a point, as looking at all of them does.
 */
function regionUnits(budgetTokens: number): number {
  const enough = Math.min(Math.max(192, 1.25 * budgetTokens), 512)
  // A unit has seldom fewer than five tokens.
  return Math.max(enough, budgetTokens / 5)
}

/** A name that fewer turns begin with is a word that a colon happens to follow. */
const speakerTurns = 3

/**
 * Creates an empty index. It is derived data: whoever loses it adds the turns again.
 *
 * @param options.capacity turns, or passages of long ones, that are held; default 16,384.
 *
 * @example
 * const index = createRecallIndex()
 * for (const turn of turns) index.add(turn)
 * index.search('Where did we store the backup?', { budgetTokens: 500 })
 */
export function createRecallIndex(options: { readonly capacity?: number } = {}): RecallIndex {
  const capacity = Math.max(2 * blockUnits, options.capacity ?? recallCapacity)
  const vocabulary = createVocabulary()
  const all = createRecallUnits()
  const index = { units: all, vocabulary, buffers }
  // A sixteenth at once, so that no turn costs more to add than another.
  const forgotten = blockUnits * Math.ceil(capacity / 16 / blockUnits)
  let lastSeq = 0

  return {
    get lastSeq() {
      return lastSeq
    },
    get bytes() {
      return all.bytes
    },
    has: (seq) => seq <= lastSeq && seq >= (all.units[0]?.turn.seq ?? Number.POSITIVE_INFINITY),
    add(turn, vector) {
      if (turn.seq <= lastSeq) return
      lastSeq = turn.seq
      for (const [unit, words] of unitsOf(turn, vector && toUnitLength(vector))) {
        all.add(unit, vocabulary.add(words))
      }
      while (all.units.length > capacity) {
        vocabulary.forget(Array.from({ length: forgotten }, (_, at) => all.said.at(at)))
        all.forget(forgotten)
      }
    },
    search(
      question,
      { budgetTokens, excludeFromSeq, now, price = sumTokens, vector, nearest: given },
    ) {
      const query = readQuestion(question, {
        speakers: all.speakersOf(speakerTurns),
        firstMs: all.timesMs[0] ?? 0,
        lastMs: all.timesMs.at(-1) ?? 0,
        ...(now !== undefined && { now }),
      })
      buffers.begin()
      const { units } = all
      const end = excludeFromSeq === undefined ? units.length : firstFrom(units, excludeFromSeq)
      const terms = askedTerms(query, index)
      const nearest = given
        ? placesOf(units, given)
        : nearestUnits(vector && toUnitLength(vector), all, buffers)
      const region = chooseRegion(index, {
        terms: [...terms.own.map((term) => [term, 1] as const), ...terms.related],
        periods: query.periods,
        nearest,
        end,
        size: regionUnits(budgetTokens),
      })
      const scores = scoreUnits({ query, terms, nearest }, region, index)
      const last = region.findLastIndex((place) => place !== gap && place < end)
      return chooseWithin(budgetTokens, {
        units,
        scores: scores.subarray(0, last + 1),
        region,
        price,
      })
    },
  }
}

/** The place of the first unit whose turn has `seq` or a later one. */
function firstFrom(units: readonly RecallUnit[], seq: number): number {
  let low = 0
  let high = units.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((units[middle]?.turn.seq ?? 0) < seq) low = middle + 1
    else high = middle
  }
  return low
}

/** The places of the units of these turns that are still held. */
function placesOf(units: readonly RecallUnit[], seqs: readonly number[]): number[] {
  return seqs.slice(0, vectorRanks).flatMap((seq) => {
    const place = firstFrom(units, seq)
    return units[place]?.turn.seq === seq ? [place] : []
  })
}

/** The vector with length 1, so that the product of two is the cosine of their angle. */
function toUnitLength(vector: readonly number[]): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1
  return Float32Array.from(vector, (value) => value / length)
}
