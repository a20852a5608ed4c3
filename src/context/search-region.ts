/**
 * Where a search looks: all of a short index, and of a long one the blocks that hold most of what the
 * question asks for. What it costs then depends on the budget and not on how long the conversation is;
 * what it passes over are turns that a thousand others have more in common with the question than.
 */
import type { RecallUnits } from './recall-units.ts'
import type { ScoreBuffers } from './score-buffers.ts'
import { topScores } from './top-scores.ts'
import { blockOf, blockUnits, countIn, type Term, type Vocabulary } from './vocabulary.ts'
import { idf, reach } from './window-bm25.ts'

/** The units of an index, their terms, and what a search may write into. */
export interface Indexed {
  readonly units: RecallUnits
  readonly vocabulary: Vocabulary
  readonly buffers: ScoreBuffers
}

export interface RegionRequest {
  /** What is asked for, with its weight. */
  readonly terms: Iterable<readonly [term: Term, weight: number]>
  readonly periods: readonly { readonly fromMs: number; readonly toMs: number }[]
  /** Places that have to be in it. */
  readonly nearest: readonly number[]
  /** Units before this place can be found. */
  readonly end: number
  /** Units that are looked at, about. */
  readonly size: number
}

/**
 * The places of the units to look at, in order. Between two stretches stand gaps, as many as a
 * window reaches, so that no window has neighbours that are none.
 */
export type SearchRegion = Int32Array

export const gap = -1

/** How much a block speaks for itself by being of a time that is asked for, against the best. */
const periodShare = 0.4

export function chooseRegion(index: Indexed, request: RegionRequest): SearchRegion {
  const { lengths } = index.units
  const total = lengths.length
  if (total <= request.size) return Int32Array.from({ length: total }, (_, at) => at)
  const blocks = Math.ceil(request.end / blockUnits)
  const chosen = new Set(topScores(scoreBlocks(index, request, blocks), request.size / blockUnits))
  for (const place of request.nearest) chosen.add(Math.floor(place / blockUnits))
  return placesOf(chosen, total)
}

/** A rare term says more, and a second unit that has it says less than the first. */
function scoreBlocks(
  { units, vocabulary, buffers }: Indexed,
  { terms, periods }: RegionRequest,
  blocks: number,
): Float64Array {
  const total = units.lengths.length
  const firstBlock = Math.floor(vocabulary.first / blockUnits)
  const scores = buffers.take(blocks)
  let highest = 0
  for (const [term, weight] of terms) {
    const rarity = weight * idf(term.units, total)
    for (const packed of term.blocks) {
      const at = blockOf(packed) - firstBlock
      if (at >= blocks) break
      const count = countIn(packed)
      const score = (scores[at] ?? 0) + (rarity * 2 * count) / (count + 1)
      scores[at] = score
      if (score > highest) highest = score
    }
  }
  for (const { fromMs, toMs } of periods) {
    for (let at = 0; at < blocks; at++) {
      const first = units.timesMs[at * blockUnits] ?? 0
      const last = units.timesMs[Math.min((at + 1) * blockUnits, total) - 1] ?? 0
      if (last >= fromMs && first < toMs)
        scores[at] = (scores[at] ?? 0) + periodShare * (highest || 1)
    }
  }
  return scores
}

function placesOf(chosen: ReadonlySet<number>, total: number): SearchRegion {
  const places: number[] = []
  let next = 0
  for (const block of [...chosen].sort((one, other) => one - other)) {
    const from = Math.max(block * blockUnits - reach, next)
    const to = Math.min((block + 1) * blockUnits + reach, total)
    if (from > next) places.push(...Array<number>(reach).fill(gap))
    for (let place = from; place < to; place++) places.push(place)
    next = to
  }
  return Int32Array.from(places)
}
