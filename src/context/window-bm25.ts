/**
 * BM25 (Robertson and Spärck Jones; the idf of Lucene, which is never negative) of the units of a
 * region, alone and over the window of their neighbours.
 */
import { windowShape } from './recall-units.ts'
import type { ScoreBuffers } from './score-buffers.ts'
import type { Term } from './vocabulary.ts'

/** Scores of every unit, by its window and by itself. */
export interface WindowScores {
  readonly windows: Float64Array
  readonly alone: Float64Array
}

/** Where a term stands in a region, and how often. */
export interface Occurrences {
  readonly term: Term
  readonly at: number[]
  readonly times: number[]
}

/** How long the units of a region are, against the average of the index. */
export interface RegionLengths {
  readonly units: Float64Array
  readonly windows: Float64Array
  /** Units that the index has. */
  readonly total: number
}

/** What a window weighs against the unit in its middle. */
export const windowSize = windowShape.reduce((sum, share) => sum + 2 * share, -1)
/** How many neighbours on either side belong to a window. */
export const reach = windowShape.length - 1
const saturation = 1.6
const lengthWeight = 0.75
const spreadShare = 0.5

/** Adds what each of the terms is worth in a window as a whole. */
export function addInWindows(
  { windows, alone }: WindowScores,
  terms: readonly Occurrences[],
  lengths: RegionLengths,
  buffers: ScoreBuffers,
): void {
  const size = windows.length
  const inWindow = buffers.take(size)
  for (const { term, at: places, times } of terms) {
    const rarity = idf(term.units, lengths.total)
    const touched: number[] = []
    for (let found = 0; found < places.length; found++) {
      const at = places[found] ?? 0
      const count = times[found] ?? 0
      alone[at] = (alone[at] ?? 0) + rarity * saturate(count, lengths.units[at] ?? 0)
      for (let to = Math.max(0, at - reach); to <= at + reach && to < size; to++) {
        if (inWindow[to] === 0) touched.push(to)
        inWindow[to] = (inWindow[to] ?? 0) + count * (windowShape[Math.abs(to - at)] ?? 0)
      }
    }
    // What was not looked at has windows with the term as well.
    const everywhere = (touched.length * term.units) / Math.max(1, places.length)
    const windowRarity = idf(Math.min(everywhere, lengths.total), lengths.total)
    for (const at of touched) {
      const score = windowRarity * saturate(inWindow[at] ?? 0, lengths.windows[at] ?? 0)
      windows[at] = (windows[at] ?? 0) + score
      inWindow[at] = 0
    }
  }
}

/**
 * The same for terms that are frequent, or many and of little weight: their scores are added up per
 * unit and spread over the windows once. That costs a fifth, and leaves out only how often a window
 * repeats a term.
 */
export function addSpread(
  { windows, alone }: WindowScores,
  terms: Iterable<readonly [where: Occurrences, weight: number]>,
  lengths: RegionLengths,
  buffers: ScoreBuffers,
): void {
  const size = windows.length
  const inUnit = buffers.take(size)
  for (const [{ term, at: places, times }, weight] of terms) {
    const rarity = weight * idf(term.units, lengths.total)
    for (let found = 0; found < places.length; found++) {
      const at = places[found] ?? 0
      const score = rarity * saturate(times[found] ?? 0, lengths.units[at] ?? 0)
      inUnit[at] = (inUnit[at] ?? 0) + score
    }
  }
  for (let at = 0; at < size; at++) {
    const score = inUnit[at] ?? 0
    if (score === 0) continue
    alone[at] = (alone[at] ?? 0) + score
    for (let to = Math.max(0, at - reach); to <= at + reach && to < size; to++) {
      windows[to] = (windows[to] ?? 0) + spreadShare * score * (windowShape[Math.abs(to - at)] ?? 0)
    }
  }
}

/** How much a term says that `frequency` of `total` units have. */
export const idf = (frequency: number, total: number): number =>
  Math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))

const saturate = (times: number, length: number) =>
  (times * (saturation + 1)) / (times + saturation * (1 - lengthWeight + lengthWeight * length))
