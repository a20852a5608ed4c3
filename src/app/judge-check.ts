import { isOtherModel } from '../resilience/attempt/judge.ts'
import type { CaseResult } from './check-models.ts'
import { probabilityOfFall, type Share } from './fisher-test.ts'

/** One model on one pipeline's cases: how it does, and what is other than before. */
export interface ModelCheck {
  readonly pipeline: string
  readonly model: string
  readonly rehearsal: boolean
  readonly cases: number
  readonly unanswered: number
  readonly refused: number
  readonly valid: Share
  readonly asExpected: Share
  readonly servedModels: readonly string[]
  readonly fingerprints: readonly string[]
  /** Medians over valid answers; undefined where there is none. */
  readonly length: number | undefined
  readonly latencyMs: number | undefined
  /** The same of the runs before, over the cases that both have; undefined at the first run. */
  readonly before: Before | undefined
  readonly findings: readonly Finding[]
}

/** What is other than before. */
export interface Finding {
  /** `alarm`: another model, or answers that fit less often. `warning`: what a person should look at. */
  readonly level: 'alarm' | 'warning'
  readonly change: Change
  readonly text: string
}

export type Change =
  | 'no-answer'
  | 'served-model'
  | 'fingerprint'
  | 'validity'
  | 'refusals'
  | 'expectation'
  | 'length'
  | 'latency'

export interface Before {
  readonly answers: number
  readonly valid: Share
  readonly asExpected: Share
  readonly servedModels: readonly string[]
  readonly fingerprints: readonly string[]
  readonly length: number | undefined
  readonly latencyMs: number | undefined
}

/** A fall this improbable is no chance. With it, a model that has not changed alarms once in 100 checks. */
const significance = 0.01

/** Answers and times vary by tens of percent from run to run; a median twice or half is another one. */
const notableRatio = 2

/** Below so many cases a median says nothing. */
const leastCases = 3

/**
 * Compares a run with those before it, each model by itself, over the cases that both have. Two windows:
 * all earlier answers that are kept, and those of now.
 */
export function judgeCheck(
  now: readonly CaseResult[],
  earlier: readonly CaseResult[],
): readonly ModelCheck[] {
  const groups = Map.groupBy(now, keyOf)
  const past = Map.groupBy(earlier, keyOf)
  return [...groups].map(([key, results]) => judgeModel(results, past.get(key) ?? []))
}

const keyOf = ({ pipeline, model }: CaseResult) => `${pipeline} ${model}`

function judgeModel(results: readonly CaseResult[], past: readonly CaseResult[]): ModelCheck {
  const asked = new Set(results.map(({ caseId }) => caseId))
  const before = past.filter(({ caseId }) => asked.has(caseId))
  const known = new Set(before.map(({ caseId }) => caseId))
  const same = results.filter(({ caseId }) => known.has(caseId))
  const [first] = results
  return {
    pipeline: first?.pipeline ?? '',
    model: first?.model ?? '',
    rehearsal: first?.rehearsal ?? false,
    cases: results.length,
    unanswered: results.filter(({ outcome }) => outcome === 'unanswered').length,
    refused: results.filter(({ outcome }) => outcome === 'refused').length,
    ...describe(results),
    // Who answered does not depend on the case.
    before:
      past.length === 0
        ? undefined
        : { ...describe(before), ...identitiesOf(past), answers: before.length },
    findings: [
      ...silence(results),
      ...otherModel(results, past),
      ...falls(same, before),
      ...notAskedFor(results, past),
      ...otherFingerprint(results, past),
      ...otherMeasure(same, before),
    ],
  }
}

function describe(results: readonly CaseResult[]) {
  const judged = results.filter(({ outcome }) => outcome !== 'unanswered')
  const valid = results.filter(({ outcome }) => outcome === 'valid')
  return {
    valid: { good: valid.length, of: judged.length },
    asExpected: { good: valid.filter((each) => each.asExpected).length, of: judged.length },
    length: median(valid.map((each) => each.length)),
    latencyMs: median(valid.map((each) => each.latencyMs)),
    ...identitiesOf(results),
  }
}

function identitiesOf(results: readonly CaseResult[]) {
  return {
    servedModels: [...new Set(results.flatMap((each) => each.servedModels))].toSorted(),
    fingerprints: [...new Set(results.flatMap((each) => each.fingerprints))].toSorted(),
  }
}

function silence(results: readonly CaseResult[]): Finding[] {
  if (results.some(({ outcome }) => outcome !== 'unanswered')) return []
  const reasons = [...new Set(results.map(({ reason }) => reason))].join(', ')
  const text = `It answered none of the cases (${reasons}), so nothing is known of it.`
  return [{ level: 'alarm', change: 'no-answer', text }]
}

function otherModel(now: readonly CaseResult[], past: readonly CaseResult[]): Finding[] {
  const { servedModels: known } = identitiesOf(past)
  const fresh = identitiesOf(now).servedModels.filter((each) => !known.includes(each))
  if (known.length === 0 || fresh.length === 0) return []
  const text = `The provider serves ${fresh.join(', ')}; so far it served ${known.join(', ')}.`
  return [{ level: 'alarm', change: 'served-model', text }]
}

/** Said once: behind a gateway with names of its own it is as it should be. */
function notAskedFor(now: readonly CaseResult[], past: readonly CaseResult[]): Finding[] {
  const [first] = now
  if (!first || past.length > 0) return []
  const asked = first.model.slice(first.model.indexOf('/') + 1)
  const others = identitiesOf(now).servedModels.filter((served) => isOtherModel(asked, served))
  if (others.length === 0) return []
  const text = `The provider serves ${others.join(', ')} for ${asked}.`
  return [{ level: 'warning', change: 'served-model', text }]
}

function falls(now: readonly CaseResult[], before: readonly CaseResult[]): Finding[] {
  const [current, former] = [describe(now), describe(before)]
  const refused = now.filter(({ outcome }) => outcome === 'refused').length
  const ofThem = refused > 0 ? `, of which ${refused} refused` : ''
  if (hasFallen(former.valid, current.valid)) {
    const not = current.valid.of - current.valid.good
    const change = refused * 2 > not ? 'refusals' : 'validity'
    const text = `Valid answers fell from ${shown(former.valid)} to ${shown(current.valid)}: ${not} did not fit${ofThem}.`
    return [{ level: 'alarm', change, text }]
  }
  if (!hasFallen(former.asExpected, current.asExpected)) return []
  const text = `Answers as expected fell from ${shown(former.asExpected)} to ${shown(current.asExpected)}.`
  return [{ level: 'alarm', change: 'expectation', text }]
}

/** Where few cases can prove nothing, that all have failed is taken as a fall. */
function hasFallen(before: Share, now: Share): boolean {
  if (now.of === 0 || before.good === 0) return false
  return now.good === 0 || probabilityOfFall(before, now) < significance
}

/** A provider may have several at a time, so only a set that is wholly new says something. */
function otherFingerprint(now: readonly CaseResult[], past: readonly CaseResult[]): Finding[] {
  const known = identitiesOf(past).fingerprints
  const current = identitiesOf(now).fingerprints
  const isOther = known.length > 0 && current.length > 0
  if (!isOther || current.some((each) => known.includes(each))) return []
  const text = `The fingerprint is ${current.join(', ')}; so far it was ${known.join(', ')}.`
  return [{ level: 'warning', change: 'fingerprint', text }]
}

function otherMeasure(now: readonly CaseResult[], before: readonly CaseResult[]): Finding[] {
  const measures = [
    ['length', 'length', 'characters', 'Answers have'],
    ['latency', 'latencyMs', 'ms', 'Answers take'],
  ] as const
  return measures.flatMap(([change, measure, unit, start]): Finding[] => {
    const ratio = medianRatio(now, before, measure)
    if (ratio === undefined || (ratio < notableRatio && ratio > 1 / notableRatio)) return []
    const [current, former] = [describe(now)[measure], describe(before)[measure]]
    const text = `${start} ${current} ${unit} in the median; so far ${former}.`
    return [{ level: 'warning', change, text }]
  })
}

/** The median over the cases of how many times as much it is now; each case is its own measure. */
function medianRatio(
  now: readonly CaseResult[],
  before: readonly CaseResult[],
  measure: 'length' | 'latencyMs',
): number | undefined {
  const ratios = now.flatMap((result) => {
    const past = before.filter(
      ({ caseId, outcome }) => caseId === result.caseId && outcome === 'valid',
    )
    const usual = median(past.map((each) => each[measure]))
    return result.outcome === 'valid' && usual ? [result[measure] / usual] : []
  })
  return ratios.length < leastCases ? undefined : median(ratios)
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)]
}

const shown = ({ good, of }: Share) => `${good} of ${of}`
