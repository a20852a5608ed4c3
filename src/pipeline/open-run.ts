import { startDeadline } from '../base/deadline.ts'
import type { Answer, AnswerFacts } from '../model/answer.ts'
import { showsContent } from '../model/answer-event.ts'
import type { FailureReason } from '../model/failure-reason.ts'
import { createLedger } from './ledger.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { Run, RunStart } from './run.ts'

/** Kept back from the deadline, so that the canned answer is there before it and not after. */
const cannedReserveMs = 50

/** A run that has begun: its deadline is running and its trace is open until `close`. */
export interface OpenRun extends Run {
  readonly startedAtMs: number
  /** The stations are given up: what they showed is void, and what they still say is dropped. */
  giveUp(reason: FailureReason): Promise<void>
  /** The last event. */
  conclude(answer: Answer): void | Promise<void>
  close(error?: unknown): void
}

export function openRun(pipeline: PreparedPipeline, start: RunStart): OpenRun {
  const { services, definition, name } = pipeline
  const { clock, telemetry } = services
  const lengthMs = Math.min(definition.deadlineMs, start.deadlineMs ?? Number.POSITIVE_INFINITY)
  const reserveMs = Math.min(cannedReserveMs, lengthMs / 10)
  const deadline = startDeadline(clock, lengthMs - reserveMs, start.abortSignal)
  const span = telemetry.startTrace(
    `llm.call ${name}`,
    {
      'holdfast.pipeline': name,
      'holdfast.answer.id': start.answerId,
      'holdfast.run': start.runNumber,
    },
    start.traceParent,
  )
  return {
    answerId: start.answerId,
    pipeline: name,
    startedAtMs: clock.now(),
    clock,
    telemetry,
    deadline,
    latestStartMs: start.latestStartMs,
    span,
    ledger: createLedger(services.prices),
    budget: undefined,
    ...createVoice(start.emit),
    warnings: [],
    report: {},
    close(error) {
      deadline.release()
      span.end(error)
    },
  }
}

/**
 * The events of a run on their way out. It knows whether a reader has seen anything that a reset would
 * have to take back; and once the stations are given up for the canned answer, what they still say is
 * dropped, since nothing may follow the last event.
 */
function createVoice(
  emit: RunStart['emit'],
): Pick<OpenRun, 'emit' | 'reset' | 'giveUp' | 'conclude'> {
  let shown = false
  let shownByStep = false
  let givenUp = false
  const reset: Run['reset'] = (reason) => {
    if (!shown || givenUp) return
    shown = false
    return emit({ type: 'reset', reason })
  }
  return {
    reset,
    emit(event) {
      if (givenUp) return
      if (showsContent(event)) {
        if ('step' in event) shownByStep = true
        else shown = true
      }
      return emit(event)
    },
    async giveUp(reason) {
      shown ||= shownByStep
      const voided = reset(reason)
      givenUp = true
      await voided
    },
    conclude: (answer) => emit({ type: 'answer-finished', answer }),
  }
}

/** What is known of a run at any time, for the answer. */
export function runFacts(
  run: OpenRun,
): Omit<AnswerFacts<unknown>, 'id' | 'pipeline' | 'value' | 'model' | 'mended'> {
  return {
    usage: run.ledger.usage,
    costUsd: run.ledger.costUsd,
    attempts: run.ledger.attempts,
    warnings: run.warnings,
    ...run.report,
    traceId: run.span.traceId,
    latencyMs: run.clock.now() - run.startedAtMs,
  }
}
