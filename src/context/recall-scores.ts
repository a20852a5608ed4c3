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
import type { Postings } from './postings.ts'
import type { RecallQuery } from './recall-query.ts'
import { Mark, type RecallUnits, windowShape } from './recall-units.ts'
import { topScores } from './top-scores.ts'

/** What a window weighs against the unit in its middle. */
const windowSize = windowShape.reduce((sum, share) => sum + 2 * share, -1)
const reach = windowShape.length - 1
const saturation = 1.6
const lengthWeight = 0.75
const unitShare = 0.3
const spreadShare = 0.5
/** A hint that this share of all units would take says nothing, and costs most. */
const commonShare = 0.1
const alwaysRare = 8
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

/** The units of an index, and where their terms are. */
export interface Indexed {
  readonly units: RecallUnits
  readonly postings: Postings
}

/**
 * A score per unit, 0 where nothing speaks for it.
 *
 * @param vector the question's, of length 1, where there are vectors
 */
export function scoreUnits(
  query: RecallQuery,
  index: Indexed,
  vector?: Float32Array,
): Float64Array {
  const scores = scoreTerms(query, index)
  addFeedback(scores, query, index)
  if (vector) addMeaning(scores, vector, index.units)
  addDay(scores, index.units.days)
  weighFacts(scores, query, index.units)
  return scores
}

function scoreTerms(query: RecallQuery, index: Indexed): Float64Array {
  const { marks } = index.units
  const alone = new Float64Array(marks.length)
  const windows = new Float64Array(marks.length)
  addWindows(windows, alone, query.terms, index)
  addSpread(windows, alone, query.related, index)
  normalise(windows)
  normalise(alone)
  for (let at = marks.length - 1; at >= 0; at--) {
    const answers = ((marks[at] ?? 0) & Mark.answers) !== 0
    const answered = answers ? answerShare * (alone[at - 1] ?? 0) : 0
    windows[at] = (windows[at] ?? 0) + unitShare * (alone[at] ?? 0) + answered
  }
  return windows
}

/**
 * BM25 (Robertson and Spärck Jones; the idf of Lucene, which is never negative) of every unit, over
 * its window and alone.
 */
function addWindows(
  windows: Float64Array,
  alone: Float64Array,
  terms: ReadonlyMap<string, number>,
  { units: { lengths, windowLengths, totalLength }, postings }: Indexed,
): void {
  const total = lengths.length
  const inWindow = new Float64Array(total)
  const average = totalLength / Math.max(1, total)
  for (const [term, weight] of terms) {
    const rarity = weight * idf(postings.frequency(term), total)
    const touched: number[] = []
    postings.scan(term, (at, times) => {
      const length = (lengths[at] ?? 0) / average
      alone[at] = (alone[at] ?? 0) + rarity * saturate(times, length)
      for (let to = Math.max(0, at - reach); to <= at + reach && to < total; to++) {
        if (inWindow[to] === 0) touched.push(to)
        inWindow[to] = (inWindow[to] ?? 0) + times * (windowShape[Math.abs(to - at)] ?? 0)
      }
    })
    const windowRarity = weight * idf(touched.length, total)
    for (const at of touched) {
      const length = (windowLengths[at] ?? 0) / (average * windowSize)
      windows[at] = (windows[at] ?? 0) + windowRarity * saturate(inWindow[at] ?? 0, length)
      inWindow[at] = 0
    }
  }
}

/**
 * The same for terms that are many and weigh little: their scores are added up per unit and spread
 * over the windows once, which costs a fifth and leaves out only how often a window repeats a term.
 */
function addSpread(
  windows: Float64Array,
  alone: Float64Array,
  terms: ReadonlyMap<string, number>,
  { units: { lengths, totalLength }, postings }: Indexed,
): void {
  const total = lengths.length
  const average = totalLength / Math.max(1, total)
  const inUnit = new Float64Array(total)
  for (const [term, weight] of terms) {
    const frequency = postings.frequency(term)
    if (frequency > Math.max(commonShare * total, alwaysRare)) continue
    const rarity = weight * idf(frequency, total)
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

const idf = (frequency: number, total: number) =>
  Math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))

const saturate = (times: number, length: number) =>
  (times * (saturation + 1)) / (times + saturation * (1 - lengthWeight + lengthWeight * length))

/** Scales the scores so that the best has 1. */
function normalise(scores: Float64Array): void {
  let highest = 0
  for (let at = 0; at < scores.length; at++) highest = Math.max(highest, scores[at] ?? 0)
  if (highest === 0) return
  for (let at = 0; at < scores.length; at++) scores[at] = (scores[at] ?? 0) / highest
}

/** Searches once more, for the rare terms that the best of the first search have in common. */
function addFeedback(scores: Float64Array, query: RecallQuery, index: Indexed): void {
  const common = new Map<string, number>()
  for (const at of topScores(scores, feedbackUnits)) {
    for (const term of index.units.units[at]?.terms ?? []) {
      if (!query.terms.has(term) && !query.related.has(term))
        common.set(term, (common.get(term) ?? 0) + (scores[at] ?? 0))
    }
  }
  const chosen = [...common]
    .map(([term, score]) => ({
      term,
      score: score * idf(index.postings.frequency(term), scores.length),
    }))
    .toSorted((left, right) => right.score - left.score)
    .slice(0, feedbackTerms)
  const strongest = chosen[0]?.score ?? 1
  const terms = new Map(chosen.map(({ term, score }) => [term, score / strongest] as const))
  const feedback = new Float64Array(scores.length)
  addSpread(feedback, new Float64Array(scores.length), terms, index)
  normalise(scores)
  normalise(feedback)
  for (let at = 0; at < scores.length; at++) {
    scores[at] = (scores[at] ?? 0) + feedbackShare * (feedback[at] ?? 0)
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
