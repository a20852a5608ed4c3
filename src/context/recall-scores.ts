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
import type { RecallQuery } from './recall-query.ts'
import { Mark, type RecallUnits } from './recall-units.ts'
import { topScores } from './top-scores.ts'
import { addInWindows, addSpread, type Indexed, idf } from './window-bm25.ts'

const unitShare = 0.3
const answerShare = 0.1
const feedbackShare = 0.3
const feedbackUnits = 15
const feedbackTerms = 20
const dayShare = 0.1
const vectorShare = 0.5
const vectorRanks = 100
const timeFactor = 1.4
const speakerFactor = 1.35
/** A turn that asks is less often what is looked for than one that tells. */
const askingFactor = 0.9
/** A term of the question that more units than this have is taken for what it is in each alone. */
const mostExact = 256
/** A hint that this share of all units would take says nothing, and costs most. */
const commonShare = 0.1
const alwaysRare = 8

/**
 * A score per unit, 0 where nothing speaks for it; valid until the next search.
 *
 * @param vector the question's, of length 1, where there are vectors
 */
export function scoreUnits(
  query: RecallQuery,
  index: Indexed,
  vector?: Float32Array,
): Float64Array {
  index.buffers.begin(index.units.lengths.length)
  const scores = scoreTerms(query, index)
  addFeedback(scores, query, index)
  if (vector) addMeaning(scores, vector, index.units)
  addDay(scores, index.units.days)
  weighFacts(scores, query, index.units)
  return scores
}

function scoreTerms(query: RecallQuery, index: Indexed): Float64Array {
  const { units, postings, buffers } = index
  const found = { windows: buffers.take(), alone: buffers.take() }
  const isRare = (term: string) => postings.frequency(term) <= mostExact
  const rare = query.terms.filter(isRare)
  const frequent = query.terms.filter((term) => !isRare(term))
  addInWindows(found, rare, index)
  addSpread(
    found,
    [...frequent.map((term) => [term, 1] as const), ...hints(query.related, index)],
    index,
  )
  const { windows, alone } = found
  normalise(windows)
  normalise(alone)
  for (let at = windows.length - 1; at >= 0; at--) {
    const answers = ((units.marks[at] ?? 0) & Mark.answers) !== 0
    const answered = answers ? answerShare * (alone[at - 1] ?? 0) : 0
    windows[at] = (windows[at] ?? 0) + unitShare * (alone[at] ?? 0) + answered
  }
  return windows
}

/** Those of the terms that are rare enough to say something. */
function hints(terms: Iterable<readonly [string, number]>, { units, postings }: Indexed) {
  const commonest = Math.max(commonShare * units.lengths.length, alwaysRare)
  return [...terms].filter(([term]) => postings.frequency(term) <= commonest)
}

/** Scales the scores so that the best has 1. */
function normalise(scores: Float64Array): void {
  let highest = 0
  for (let at = 0; at < scores.length; at++) highest = Math.max(highest, scores[at] ?? 0)
  if (highest === 0) return
  for (let at = 0; at < scores.length; at++) scores[at] = (scores[at] ?? 0) / highest
}

/** Searches once more, for the rare terms that the best of the first search have in common. */
function addFeedback(scores: Float64Array, query: RecallQuery, index: Indexed): void {
  const { units, postings, buffers } = index
  const asked = new Set([...query.terms, ...query.related.keys()])
  const common = new Map<string, number>()
  for (const at of topScores(scores, feedbackUnits)) {
    for (const term of units.units[at]?.terms ?? []) {
      if (!asked.has(term)) common.set(term, (common.get(term) ?? 0) + (scores[at] ?? 0))
    }
  }
  const weighed = [...common].map(
    ([term, score]) => [term, score * idf(postings.frequency(term), scores.length)] as const,
  )
  const chosen = weighed.toSorted((one, other) => other[1] - one[1]).slice(0, feedbackTerms)
  const strongest = chosen[0]?.[1] ?? 1
  const terms = chosen.map(([term, score]) => [term, score / strongest] as const)
  const feedback = { windows: buffers.take(), alone: buffers.take() }
  addSpread(feedback, hints(terms, index), index)
  normalise(scores)
  normalise(feedback.windows)
  for (let at = 0; at < scores.length; at++) {
    scores[at] = (scores[at] ?? 0) + feedbackShare * (feedback.windows[at] ?? 0)
  }
}

/** Fuses by rank, since the scores of two searches say nothing about each other. */
function addMeaning(scores: Float64Array, vector: Float32Array, { units }: RecallUnits): void {
  const nearness = Float64Array.from(units, (unit) => {
    let product = 0
    for (let at = 0; at < vector.length; at++)
      product += (vector[at] ?? 0) * (unit.vector?.[at] ?? 0)
    return product
  })
  topScores(nearness, vectorRanks).forEach((at, rank) => {
    scores[at] = (scores[at] ?? 0) + vectorShare * (1 - rank / vectorRanks)
  })
}

/** The rest of a day on which something fits is worth a little as well. */
function addDay(scores: Float64Array, days: readonly number[]): void {
  for (let from = 0, to = 0; from < days.length; from = to) {
    let highest = 0
    for (; to < days.length && days[to] === days[from]; to++) {
      highest = Math.max(highest, scores[to] ?? 0)
    }
    for (let at = from; at < to; at++) scores[at] = (scores[at] ?? 0) + dayShare * highest
  }
}

function weighFacts(scores: Float64Array, query: RecallQuery, units: RecallUnits): void {
  const { periods, asksWhen } = query
  const { marks, timesMs, speakers } = units
  const asked = query.speaker === undefined ? undefined : units.speakerNumber(query.speaker)
  for (let at = 0; at < scores.length; at++) {
    const mark = marks[at] ?? 0
    let score = scores[at] ?? 0
    for (const { fromMs, toMs, weight } of periods) {
      const timeMs = timesMs[at] ?? 0
      if (timeMs >= fromMs && timeMs < toMs) score += weight
    }
    if (asksWhen && mark & Mark.tellsTime) score *= timeFactor
    if (speakers[at] === asked) score *= speakerFactor
    scores[at] = mark & Mark.asks ? score * askingFactor : score
  }
}
