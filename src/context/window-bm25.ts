/**
 * BM25 (Robertson and Spärck Jones; the idf of Lucene, which is never negative) of every unit of an
 * index, alone and over the window of its neighbours.
 */
import type { Postings } from './postings.ts'
import { type RecallUnits, windowShape } from './recall-units.ts'
import type { ScoreBuffers } from './score-buffers.ts'

/** The units of an index, where their terms are, and what a search may write into. */
export interface Indexed {
  readonly units: RecallUnits
  readonly postings: Postings
  readonly buffers: ScoreBuffers
}

/** Scores of every unit, by its window and by itself. */
export interface WindowScores {
  readonly windows: Float64Array
  readonly alone: Float64Array
}

/** What a window weighs against the unit in its middle. */
const windowSize = windowShape.reduce((sum, share) => sum + 2 * share, -1)
const reach = windowShape.length - 1
const saturation = 1.6
const lengthWeight = 0.75
const spreadShare = 0.5

/** Adds what each of the terms is worth in a window as a whole. */
export function addInWindows(
  { windows, alone }: WindowScores,
  terms: readonly string[],
  { units: { lengths, windowLengths, totalLength }, postings, buffers }: Indexed,
): void {
  const total = lengths.length
  const inWindow = buffers.take()
  const average = totalLength / Math.max(1, total)
  for (const term of terms) {
    const rarity = idf(postings.frequency(term), total)
    const touched: number[] = []
    postings.scan(term, (at, times) => {
      const length = (lengths[at] ?? 0) / average
      alone[at] = (alone[at] ?? 0) + rarity * saturate(times, length)
      for (let to = Math.max(0, at - reach); to <= at + reach && to < total; to++) {
        if (inWindow[to] === 0) touched.push(to)
        inWindow[to] = (inWindow[to] ?? 0) + times * (windowShape[Math.abs(to - at)] ?? 0)
      }
    })
    const windowRarity = idf(touched.length, total)
    for (const at of touched) {
      const length = (windowLengths[at] ?? 0) / (average * windowSize)
      windows[at] = (windows[at] ?? 0) + windowRarity * saturate(inWindow[at] ?? 0, length)
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
  terms: Iterable<readonly [term: string, weight: number]>,
  { units: { lengths, totalLength }, postings, buffers }: Indexed,
): void {
  const total = lengths.length
  const average = totalLength / Math.max(1, total)
  const inUnit = buffers.take()
  for (const [term, weight] of terms) {
    const rarity = weight * idf(postings.frequency(term), total)
    postings.scan(term, (at, times) => {
      const length = (lengths[at] ?? 0) / average
      inUnit[at] = (inUnit[at] ?? 0) + rarity * saturate(times, length)
    })
  }
  for (let at = 0; at < total; at++) {
    const score = inUnit[at] ?? 0
    if (score === 0) continue
    alone[at] = (alone[at] ?? 0) + score
    for (let to = Math.max(0, at - reach); to <= at + reach && to < total; to++) {
      windows[to] = (windows[to] ?? 0) + spreadShare * score * (windowShape[Math.abs(to - at)] ?? 0)
    }
  }
}

/** How much a term says that `frequency` of `total` units have. */
export const idf = (frequency: number, total: number): number =>
  Math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))

const saturate = (times: number, length: number) =>
  (times * (saturation + 1)) / (times + saturation * (1 - lengthWeight + lengthWeight * length))
