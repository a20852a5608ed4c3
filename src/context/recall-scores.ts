/**
 * How well each unit of an index answers a question.
 *
 * What is asked for is often said in one turn and named in the one before it, so the unit of search
 * is a window of neighbours: BM25 over the window, mixed with BM25 over the unit alone. That finds
 * ten points more of what is needed than turns by themselves. On top: the words that the best windows
 * have in common (pseudo relevance feedback), the answer after a question, the day, times, the
 * speaker and, where there are vectors, the rank by meaning. The shares were set by hand on five
 * conversations and lie on a plateau: half or twice as much of any moves the result by half a point.
 */

import { vectorRanks } from './nearest-units.ts'
import type { RecallQuery } from './recall-query.ts'
import { Mark, type RecallUnits } from './recall-units.ts'
import { occurrencesIn } from './region-occurrences.ts'
import { gap, type Indexed, type SearchRegion } from './search-region.ts'
import { topScores } from './top-scores.ts'
import type { Term } from './vocabulary.ts'
import {
  addInWindows,
  addSpread,
  idf,
  type Occurrences,
  type RegionLengths,
  windowSize,
} from './window-bm25.ts'

const unitShare = 0.3
const answerShare = 0.1
const feedbackShare = 0.3
const feedbackUnits = 15
const feedbackTerms = 20
const dayShare = 0.1
const vectorShare = 0.5
const timeFactor = 1.4
const speakerFactor = 1.35
/** A turn that asks is less often what is looked for than one that tells. */
const askingFactor = 0.9
/** A term of the question that more units of the region than this have is taken for what it is in each alone. */
const mostExact = 256
/** A hint that this share of all units would take says nothing, and costs most. */
const commonShare = 0.1
const alwaysRare = 8

/** The terms of a question that the index knows. */
export interface AskedTerms {
  readonly own: readonly Term[]
  /** With their weight against the question's own. */
  readonly related: readonly (readonly [term: Term, weight: number])[]
}

/** Looks up the terms of a question; related ones only where they are rare enough to say something. */
export function askedTerms(query: RecallQuery, { units, vocabulary }: Indexed): AskedTerms {
  const total = units.lengths.length
  const related = [...query.related].flatMap(([word, weight]) => {
    const term = vocabulary.find(word)
    return term && isHint(term, total) ? [[term, weight] as const] : []
  })
  return {
    own: query.terms.map((word) => vocabulary.find(word)).filter((term) => term !== undefined),
    related,
  }
}

const isHint = (term: Term, total: number) =>
  term.units <= Math.max(commonShare * total, alwaysRare)

/** What is asked, as far as the scores depend on it. */
export interface Asked {
  readonly query: RecallQuery
  readonly terms: AskedTerms
  /** Places by meaning, the nearest first. */
  readonly nearest: readonly number[]
}

/** A score per place of the region, 0 where nothing speaks for it; valid until the next search. */
export function scoreUnits(asked: Asked, region: SearchRegion, index: Indexed): Float64Array {
  const lengths = lengthsOf(region, index)
  const scores = scoreTerms(asked.terms, { region, lengths }, index)
  addFeedback(scores, asked, { region, lengths }, index)
  addMeaning(scores, asked.nearest, region)
  addDay(scores, region, index.units.days)
  weighFacts(scores, asked.query, region, index.units)
  return scores
}

interface Searched {
  readonly region: SearchRegion
  readonly lengths: RegionLengths
}

function lengthsOf(region: SearchRegion, { units, buffers }: Indexed): RegionLengths {
  const total = units.lengths.length
  const average = units.totalLength / Math.max(1, total) || 1
  const lengths = {
    units: buffers.take(region.length),
    windows: buffers.take(region.length),
    total,
  }
  for (let at = 0; at < region.length; at++) {
    const place = region[at] ?? gap
    if (place === gap) continue
    lengths.units[at] = (units.lengths[place] ?? 0) / average
    lengths.windows[at] = (units.windowLengths[place] ?? 0) / (average * windowSize)
  }
  return lengths
}

function scoreTerms(
  asked: AskedTerms,
  { region, lengths }: Searched,
  index: Indexed,
): Float64Array {
  const { units, buffers } = index
  const found = { windows: buffers.take(region.length), alone: buffers.take(region.length) }
  const weighed = [...asked.own.map((term) => [term, 1] as const), ...asked.related]
  const where = occurrencesIn(
    region,
    index,
    weighed.map(([term]) => term),
  )
  const isRare = (each: Occurrences, at: number) =>
    at < asked.own.length && each.at.length <= mostExact
  addInWindows(found, where.filter(isRare), lengths, buffers)
  const spread = where.flatMap((each, at) =>
    isRare(each, at) ? [] : [[each, weighed[at]?.[1] ?? 0] as const],
  )
  addSpread(found, spread, lengths, buffers)
  const { windows, alone } = found
  normalise(windows)
  normalise(alone)
  for (let at = windows.length - 1; at >= 0; at--) {
    const place = region[at] ?? gap
    if (place === gap) continue
    const answers = ((units.marks[place] ?? 0) & Mark.answers) !== 0
    const answered = answers ? answerShare * (alone[at - 1] ?? 0) : 0
    windows[at] = (windows[at] ?? 0) + unitShare * (alone[at] ?? 0) + answered
  }
  return windows
}

/** Scales the scores so that the best has 1. */
function normalise(scores: Float64Array): void {
  let highest = 0
  for (let at = 0; at < scores.length; at++) {
    const score = scores[at] ?? 0
    if (score > highest) highest = score
  }
  if (highest === 0) return
  for (let at = 0; at < scores.length; at++) scores[at] = (scores[at] ?? 0) / highest
}

/** Searches once more, for the rare terms that the best of the first search have in common. */
function addFeedback(
  scores: Float64Array,
  { terms }: Asked,
  { region, lengths }: Searched,
  index: Indexed,
): void {
  const { units, vocabulary, buffers } = index
  const total = lengths.total
  const asked = new Set([...terms.own, ...terms.related.map(([term]) => term)])
  const common = new Map<Term, number>()
  for (const at of topScores(scores, feedbackUnits)) {
    const place = region[at] ?? gap
    for (const id of place === gap ? [] : units.said.at(place)) {
      const term = vocabulary.get(id)
      if (term && !asked.has(term)) common.set(term, (common.get(term) ?? 0) + (scores[at] ?? 0))
    }
  }
  const weighed = [...common].map(
    ([term, score]) => [term, score * idf(term.units, total)] as const,
  )
  const chosen = weighed.toSorted((one, other) => other[1] - one[1]).slice(0, feedbackTerms)
  const strongest = chosen[0]?.[1] ?? 1
  const hints = chosen.filter(([term]) => isHint(term, total))
  const where = occurrencesIn(
    region,
    index,
    hints.map(([term]) => term),
  )
  const feedback = { windows: buffers.take(region.length), alone: buffers.take(region.length) }
  const spread = where.map((each, at) => [each, (hints[at]?.[1] ?? 0) / strongest] as const)
  addSpread(feedback, spread, lengths, buffers)
  normalise(scores)
  normalise(feedback.windows)
  for (let at = 0; at < scores.length; at++) {
    scores[at] = (scores[at] ?? 0) + feedbackShare * (feedback.windows[at] ?? 0)
  }
}

/** Fuses by rank, since the scores of two searches say nothing about each other. */
function addMeaning(scores: Float64Array, nearest: readonly number[], region: SearchRegion): void {
  if (nearest.length === 0) return
  const ranks = new Map(nearest.map((place, rank) => [place, rank]))
  for (let at = 0; at < region.length; at++) {
    const rank = ranks.get(region[at] ?? gap)
    if (rank === undefined) continue
    scores[at] = (scores[at] ?? 0) + vectorShare * (1 - rank / vectorRanks)
  }
}

/** The rest of a day on which something fits is worth a little as well. */
function addDay(scores: Float64Array, region: SearchRegion, days: readonly number[]): void {
  const dayOf = (place = gap) => (place === gap ? gap : days[place])
  for (let from = 0, to = 0; from < scores.length; from = to) {
    const day = dayOf(region[from])
    let highest = 0
    for (; to < scores.length && dayOf(region[to]) === day; to++) {
      highest = Math.max(highest, scores[to] ?? 0)
    }
    for (let at = from; at < to; at++) scores[at] = (scores[at] ?? 0) + dayShare * highest
  }
}

function weighFacts(
  scores: Float64Array,
  query: RecallQuery,
  region: SearchRegion,
  units: RecallUnits,
): void {
  const { periods, asksWhen } = query
  const { marks, timesMs, speakers } = units
  const asked = query.speaker === undefined ? undefined : units.speakerNumber(query.speaker)
  for (let at = 0; at < scores.length; at++) {
    const place = region[at] ?? gap
    if (place === gap) {
      scores[at] = 0
      continue
    }
    const mark = marks[place] ?? 0
    let score = scores[at] ?? 0
    for (const { fromMs, toMs, weight } of periods) {
      const timeMs = timesMs[place] ?? 0
      if (timeMs >= fromMs && timeMs < toMs) score += weight
    }
    if (asksWhen && mark & Mark.tellsTime) score *= timeFactor
    if (asked !== undefined && speakers[place] === asked) score *= speakerFactor
    scores[at] = mark & Mark.asks ? score * askingFactor : score
  }
}
