import type { ContentLimits } from '../attempt/content-clock.ts'
import type { LatencyRecord } from '../shared/latency-record.ts'
import type { Target } from '../target.ts'
import type { Call } from './call.ts'

/** How the time that is left is spent: what an attempt needs, and what it gets. */

/** No model writes an answer in less; with short deadlines a tenth of the deadline. */
const leastAttemptMs = 300

/** Below this many samples a record is a rumour. */
const leastSamples = 20

/** A p99.5 needs as many samples to be seen; below, the slowest seen has to do. */
const leastTailSamples = 200
const tailFactor = 1.5
const slowestFactor = 3

/** A shorter limit would be passed by pauses of a busy process. */
const shortestFirstContentMs = 500

/** What another attempt is given where nothing is known of its model. */
const unknownShare = 1 / 3

/** Below this an attempt is not started: it could not finish. */
export function neededMs(call: Call, target: Target): number {
  const leastMs = Math.min(leastAttemptMs, call.spec.options.deadline.lengthMs / 10)
  // Whoever has only this much time gets one attempt all the same: the model may have become faster.
  if (call.attemptCount === 0) return leastMs
  return Math.max(leastMs, answerMs(call, target, 0.05) ?? 0)
}

function answerMs({ settings }: Call, { local }: Target, share: number): number | undefined {
  return local.answer.quantile(share, settings.clock.now(), leastSamples)
}

/** The limits of an attempt at `target`, while `next` might follow it. */
export function limitsOf(call: Call, target: Target, next: Target | undefined): ContentLimits {
  const { timeout } = call.settings
  const { endMs, leftMs } = call
  const reserveMs = next ? reserveFor(call, next) : 0
  const shared = { chunkMs: timeout.chunkMs, endMs, reserveMs }
  const nowMs = call.settings.clock.now()
  const firstContent = target.local.firstContentFor(call.promptChars, leastSamples, nowMs)
  const record = call.spec.options.stream ? firstContent : target.local.answer
  const typicalMs = record.quantile(0.9, nowMs, leastSamples) ?? 0
  // Time is kept for the next model, unless this one usually needs it: then it would fail each time.
  const givenMs = typicalMs > leftMs - reserveMs ? leftMs : leftMs - reserveMs
  const usualMs = usualLimit(record, nowMs) ?? Number.POSITIVE_INFINITY
  if (!call.spec.options.stream) {
    // A whole answer may be long for once, so its record alone does not end it before its fair share.
    const fairMs = next ? Math.max(usualMs, leftMs * unknownShare) : Number.POSITIVE_INFINITY
    const attemptMs = Math.min(timeout.attemptMs, givenMs, fairMs)
    return { ...shared, attemptMs, firstContentMs: Number.POSITIVE_INFINITY }
  }
  const firstContentMs = Math.min(timeout.firstContentMs, usualMs, givenMs)
  return { ...shared, attemptMs: timeout.attemptMs, firstContentMs }
}

/** What the model's own record allows; undefined where it is too short. */
function usualLimit(record: LatencyRecord, nowMs: number): number | undefined {
  const tailMs = record.quantile(0.995, nowMs, leastTailSamples)
  const slowestMs = record.quantile(1, nowMs, leastSamples)
  if (slowestMs === undefined) return undefined
  const limitMs = tailMs === undefined ? slowestMs * slowestFactor : tailMs * tailFactor
  return Math.max(shortestFirstContentMs, limitMs)
}

function reserveFor(call: Call, next: Target): number {
  const { leftMs } = call
  const usualMs = answerMs(call, next, 0.9) ?? leftMs * unknownShare
  return Math.min(leftMs / 2, Math.max(neededMs(call, next), usualMs))
}
