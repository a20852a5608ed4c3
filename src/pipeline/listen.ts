import { HoldfastError } from '../base/errors.ts'
import type { Span } from '../base/telemetry-port.ts'
import type { AttemptCause, DegradedReason } from '../model/answer.ts'
import type { ModelResult } from '../model/model.ts'
import type { PartialStream } from '../output/partial-stream.ts'
import type { OutputFailure } from '../output/verdict.ts'
import type { CallEvent, CallOutcome, SkippedModel } from '../resilience/call-event.ts'
import type { Question } from './ask.ts'
import { degradedBy } from './degraded-by.ts'
import { limitedForMs } from './limited-for-ms.ts'
import type { Run } from './run.ts'

/** What came of one protected call. */
export type Heard =
  | {
      readonly status: 'answered'
      readonly result: ModelResult
      readonly modelIndex: number
      /** The answer was given up while it came, since no continuation could have been valid. */
      readonly impossible: OutputFailure | undefined
      /** Models that were passed over without a request, such as those whose breaker is open. */
      readonly skipped: readonly SkippedModel[]
    }
  | {
      readonly status: 'failed'
      readonly reason: DegradedReason
      readonly limitedForMs: number | undefined
    }

interface Start {
  readonly startAt: number
  readonly why: AttemptCause
  /** Whether an answer that does not fit may go back to the model. */
  readonly mayCorrect: boolean
}

/**
 * Follows one protected call to its end: passes on what a user may see, reads structured text while
 * it grows, and gives a call up as soon as nothing valid can come of it.
 */
export async function listen(question: Question, start: Start, run: Run): Promise<Heard> {
  const ear = createEar(question, start.mayCorrect, run)
  const stop = new AbortController()
  const events = question.model.call(question.request, {
    deadline: run.deadline,
    stream: true,
    span: run.span,
    startAt: start.startAt,
    why: start.why,
    firstAttempt: run.ledger.nextAttempt,
    stop: stop.signal,
    ...(run.budget && { reserve: run.budget.reserve }),
  })
  for await (const event of events) {
    if (event.type === 'call-finished') {
      ear.close()
      run.ledger.add(event.outcome)
      return conclude(event.outcome, ear)
    }
    await ear.hear(event)
    if (ear.impossible && !stop.signal.aborted) stop.abort(givenUp(ear.impossible, ear, question))
  }
  throw new Error('A protected call ended without its last event.')
}

/** Tells the attempt why its reader wants no more, so that spans, log and metrics name the cause. */
function givenUp(failure: OutputFailure, ear: Ear, { model }: Question): HoldfastError {
  const asked = model.models[ear.modelIndex]
  return new HoldfastError('MODEL_FAILED', degradedBy(failure).message, {
    provider: asked?.provider ?? '',
    model: asked?.id ?? '',
    reason: 'invalid-output',
  })
}

interface Ear {
  hear(event: Exclude<CallEvent, { type: 'call-finished' }>): Promise<void>
  readonly text: string
  readonly modelIndex: number
  readonly impossible: OutputFailure | undefined
  /** Nothing more comes. */
  close(): void
}

function createEar({ reader, show }: Question, mayCorrect: boolean, run: Run): Ear {
  let partial: PartialStream<unknown> | undefined = reader.stream()
  let text = ''
  let modelIndex = 0
  let impossible: OutputFailure | undefined
  let isWantedWhole = false
  let backoff: Span | undefined

  async function hearText(delta: string): Promise<void> {
    text += delta
    if (!partial) {
      if (show && reader.format.type === 'text') {
        await run.emit({ type: 'text-delta', text: delta })
      }
      return
    }
    for (const event of partial.push(delta)) if (show) await run.emit(event)
    const failure = partial.impossible
    if (impossible || isWantedWhole || !failure) return
    // A long answer of which one part is wrong costs less to the end than once more from the start.
    if (mayCorrect && reader.isWantedWhole(failure, text)) isWantedWhole = true
    else impossible = failure
  }

  return {
    get text() {
      return text
    },
    get modelIndex() {
      return modelIndex
    },
    get impossible() {
      return impossible
    },
    close: () => backoff?.end(),
    async hear(event) {
      switch (event.type) {
        case 'attempt-started':
          backoff?.end()
          modelIndex = event.modelIndex
          return run.emit({
            type: 'attempt-started',
            attempt: event.attempt,
            provider: event.provider,
            model: event.model,
            why: event.why,
          })
        case 'attempt-failed':
          if (event.waitMs > 0) backoff = run.span.child('retry.backoff')
          run.telemetry.log('warn', 'An attempt failed.', {
            traceId: run.span.traceId,
            attempt: event.attempt,
            reason: event.reason,
            detail: event.detail,
            next: event.next,
          })
          return run.emit({ type: 'attempt-failed', attempt: event.attempt, reason: event.reason })
        case 'text-delta':
          return hearText(event.text)
        case 'reset':
          partial = reader.stream()
          text = ''
          impossible = undefined
          isWantedWhole = false
          return run.reset(event.reason)
        case 'reasoning-delta':
        case 'tool-call':
          return
      }
    },
  }
}

function conclude(outcome: CallOutcome, ear: Ear): Heard {
  const { impossible } = ear
  if (impossible) {
    const result: ModelResult = {
      text: ear.text,
      toolCalls: [],
      finishReason: 'other',
      response: {},
    }
    const { skipped } = outcome
    return { status: 'answered', impossible, result, modelIndex: ear.modelIndex, skipped }
  }
  if (outcome.status === 'complete') {
    const { result, modelIndex, skipped } = outcome
    return { status: 'answered', impossible: undefined, result, modelIndex, skipped }
  }
  return {
    status: 'failed',
    reason: { code: outcome.reason, message: outcome.detail },
    limitedForMs: limitedForMs(outcome),
  }
}
