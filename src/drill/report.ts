import type { AnswerSource } from '../model/answer.ts'
import type { UpstreamCounts } from './faulty-provider.ts'
import type { Judgement } from './judge.ts'
import type { Observation } from './observe.ts'

/** What a drill came to. Times are in milliseconds of the drill's clock. */
export interface DrillReport {
  readonly subject: string
  readonly scenario: string
  readonly seed: number
  readonly requests: number
  /** Share of the requests that got a right answer, of a model or canned, from 0 to 1. */
  readonly usefulShare: number
  readonly useful: number
  /** The useful ones by where they came from. */
  readonly bySource: Readonly<Record<AnswerSource, number>>
  /** Answers that said that they are not from the primary. */
  readonly degraded: number
  /** Given as whole, and not what the model says; or not fitting the output. */
  readonly wrong: number
  /** Given as whole, and only the beginning of it. */
  readonly truncated: number
  readonly errors: number
  /** No answer, from a subject that says it has no canned one. */
  readonly unanswered: number
  /** Settled more than 50 ms after the deadline. */
  readonly overruns: number
  readonly hung: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly callsPerRequest: number
  readonly primaryCallsPerRequest: number
  /** Calls sent to a model before the time that it had asked to wait for. */
  readonly earlyCalls: number
  /** The first ten requests that were not useful or late, in words. */
  readonly problems: readonly DrillProblem[]
  /** False if anything was silent, wrong, late, or failed where an answer was promised. */
  readonly passed: boolean
}

export interface DrillProblem {
  readonly request: number
  readonly stream: boolean
  readonly durationMs: number
  readonly problem: string
  /** What became of each attempt, where the answer tells. */
  readonly attempts: readonly string[]
}

export interface Judged {
  readonly observation: Observation
  readonly judgement: Judgement
}

export interface DrillFacts extends UpstreamCounts {
  readonly subject: string
  readonly scenario: string
  readonly seed: number
  readonly deadlineMs: number
  /** In the order of their requests. */
  readonly judged: readonly Judged[]
}

/** How late an answer may be: what a busy process needs to hand it over. */
export const graceMs = 50

const mostProblems = 10

/** Counts what a drill came to. */
export function createReport({ judged, calls, deadlineMs, ...facts }: DrillFacts): DrillReport {
  const requests = judged.length
  const count = (verdict: Judgement['verdict']) =>
    judged.filter(({ judgement }) => judgement.verdict === verdict).length
  const isLate = ({ observation }: Judged) => observation.durationMs > deadlineMs + graceMs
  const useful = count('useful')
  const bad = {
    wrong: count('wrong'),
    truncated: count('truncated'),
    errors: count('error'),
    overruns: judged.filter(isLate).length,
    hung: count('hung'),
  }
  const durations = judged.map(({ observation }) => observation.durationMs).sort((a, b) => a - b)
  const isBad = ({ verdict }: Judgement) => verdict !== 'useful' && verdict !== 'unanswered'
  const problems = judged.filter((each) => isBad(each.judgement) || isLate(each))
  return {
    ...facts,
    requests,
    useful,
    usefulShare: share(useful, requests),
    bySource: countSources(judged),
    degraded: judged.filter(({ observation: { ending } }) => {
      return ending.kind === 'answered' && ending.answer.degraded
    }).length,
    unanswered: count('unanswered'),
    ...bad,
    p50Ms: quantile(durations, 0.5),
    p99Ms: quantile(durations, 0.99),
    maxMs: quantile(durations, 1),
    callsPerRequest: share(
      calls.reduce((sum, count) => sum + count, 0),
      requests,
    ),
    primaryCallsPerRequest: share(calls[0] ?? 0, requests),
    problems: problems.slice(0, mostProblems).map(describeProblem),
    passed: Object.values(bad).every((number) => number === 0),
  }
}

function countSources(judged: readonly Judged[]): Record<AnswerSource, number> {
  const counts = { primary: 0, fallback: 0, cache: 0, canned: 0 }
  for (const { observation, judgement } of judged) {
    const { ending } = observation
    if (judgement.verdict === 'useful' && ending.kind === 'answered') counts[ending.answer.source]++
  }
  return counts
}

function describeProblem({ observation, judgement }: Judged): DrillProblem {
  const { request, stream, durationMs, ending } = observation
  const problem = 'problem' in judgement ? judgement.problem : 'The answer came late.'
  const attempts = ending.kind === 'answered' ? ending.answer.attempts : []
  return {
    request,
    stream,
    durationMs,
    problem,
    attempts: attempts.map(({ model, why, outcome }) => `${model} ${why}: ${outcome}`),
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

/** The smallest value that so large a share of the sorted values does not exceed. */
function quantile(sorted: readonly number[], of: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * of) - 1)] ?? 0
}
