import type { AttemptCause } from '../../model/answer.ts'
import { type AdmissionRequest, admit, type Leave } from '../attempt/admit.ts'
import { Attempt } from '../attempt/attempt.ts'
import { estimateUsage } from '../attempt/estimate-usage.ts'
import { TextGate } from '../attempt/text-gate.ts'
import type { CallEvent } from '../call-event.ts'
import type { Denial } from '../shared/health-store.ts'
import type { Target } from '../target.ts'
import type { Call } from './call.ts'
import { candidatesAfter } from './candidates.ts'
import { type Asking, continueFrom } from './continuation.ts'
import { limitsOf, neededMs } from './time-plan.ts'

export interface Start {
  /** Models in the order in which they are asked for leave. */
  readonly order: readonly Target[]
  /** Goes on from the delivered text. */
  readonly continues: boolean
  /** Overrides the cause that follows from the call's state. */
  readonly why?: AttemptCause
  /** False leaves a model at once that has no place free. Default true. */
  readonly mayWait?: boolean
}

/** Another answer of this length is assumed where the request sets no limit. */
const assumedOutputChars = 2_000

/**
 * Begins an attempt at the first model in `order` that there is time for and that lets it; where none
 * does, at the first that lets it as a last resort. Undefined when there is none.
 */
export async function startAttempt(call: Call, start: Start): Promise<Attempt | undefined> {
  const negotiable: Target[] = []
  for (const [position, target] of start.order.entries()) {
    const isLast = position === start.order.length - 1
    const answer = await askFor(call, target, { start, isLast, lastResort: false })
    if ('settle' in answer) return begin(call, target, answer, start)
    if (answer.negotiable) negotiable.push(target)
  }
  for (const target of negotiable) {
    const answer = await askFor(call, target, { start, isLast: true, lastResort: true })
    if ('settle' in answer) return begin(call, target, answer, start)
  }
  return undefined
}

/** The event that says so. */
export function startedEvent({ spec }: Attempt): CallEvent {
  const { attempt, why, target } = spec
  const { provider, id } = target.model
  return { type: 'attempt-started', attempt, provider, model: id, modelIndex: target.index, why }
}

interface Asked {
  readonly start: Start
  readonly isLast: boolean
  readonly lastResort: boolean
}

async function askFor(call: Call, target: Target, asked: Asked): Promise<Leave | Denial> {
  const neededHere = neededMs(call, target)
  const spareMs = call.leftMs - neededHere
  if (spareMs < 0) {
    const denial = {
      admitted: false,
      reason: 'deadline',
      retryAfterMs: 0,
      negotiable: false,
    } as const
    call.skip(target, denial)
    return denial
  }
  const { concurrency } = call.settings
  // With another model at hand nobody waits for a place.
  const patienceMs = asked.isLast ? spareMs : 0
  const request: AdmissionRequest = {
    target,
    isFirst: call.triesAt(target) === 0,
    lastResort: asked.lastResort,
    estimate: estimateUsage(call.promptChars, outputChars(call)),
    waitMs: asked.start.mayWait === false ? 0 : Math.min(concurrency.queueMs, patienceMs),
    signal: call.signal,
  }
  const answer = await admitWithin(call, request, asked.start)
  if (!('settle' in answer)) call.skip(target, answer)
  return answer
}

const overBudget: Denial = {
  admitted: false,
  reason: 'budget',
  retryAfterMs: 0,
  negotiable: false,
}

/** Leave, and before it what the attempt may cost; both are settled together. */
async function admitWithin(
  call: Call,
  request: AdmissionRequest,
  { continues }: Start,
): Promise<Leave | Denial> {
  const { reserve } = call.spec.options
  if (!reserve) return admit(request, call.settings)
  const planned = {
    model: request.target.model,
    request: call.spec.request,
    delivered: continues ? call.delivered.text : '',
  }
  const reservation = await reserve(planned, call.signal)
  if (!reservation) return overBudget
  try {
    const answer = await admit(request, call.settings)
    if (!('settle' in answer)) {
      reservation.settle(undefined)
      return answer
    }
    return {
      settle(end) {
        answer.settle(end)
        reservation.settle(end.isUnknown ? 'unknown' : end.usage)
      },
    }
  } catch (error) {
    reservation.settle(undefined)
    throw error
  }
}

function begin(call: Call, target: Target, leave: Leave, start: Start): Attempt {
  const { options } = call.spec
  const { request, gate } = askingOf(call, target, start)
  const attempt = new Attempt(
    {
      attempt: call.nextAttemptNumber,
      why: start.why ?? call.causeOf(target, start.continues),
      target,
      request,
      promptChars: call.promptChars,
      stream: options.stream,
      headers: options.headers,
      limits: limitsOf(call, target, candidatesAfter(call, target)[0]),
      blameAfterMs: options.deadline.lengthMs / 2,
      gate,
      leave,
      signal: call.signal,
      span: options.span,
    },
    call.settings,
  )
  call.add(attempt)
  return attempt
}

function askingOf(call: Call, target: Target, { continues }: Start): Asking {
  const { request } = call.spec
  if (!continues) return { request, gate: new TextGate() }
  return continueFrom(call.delivered.text, request, target.model)
}

function outputChars({ spec }: Call): number {
  const { maxOutputTokens } = spec.request
  return maxOutputTokens === undefined ? assumedOutputChars : maxOutputTokens * 4
}
