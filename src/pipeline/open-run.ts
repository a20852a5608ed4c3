import { startDeadline } from '../base/deadline.ts'
import type { AnswerFacts } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import { createLedger } from './ledger.ts'
import type { PreparedPipeline } from './prepare.ts'
import type { Run, RunStart } from './run.ts'

/** Kept back from the deadline, so that the canned answer is there before it and not after. */
const cannedReserveMs = 50

/** A run that has begun: its deadline is running and its trace is open until `close`. */
export interface OpenRun extends Run {
  readonly startedAtMs: number
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
  const show = trackShown(start.emit)
  return {
    answerId: start.answerId,
    pipeline: name,
    startedAtMs: clock.now(),
    clock,
    telemetry,
    deadline,
    span,
    ledger: createLedger(services.prices),
    emit: show.emit,
    reset: show.reset,
    warnings: [],
    close(error) {
      deadline.release()
      span.end(error)
    },
  }
}

/** Remembers whether a reader has seen anything that a reset would have to take back. */
function trackShown(emit: RunStart['emit']): Pick<Run, 'emit' | 'reset'> {
  let shown = false
  return {
    emit(event: AnswerEvent) {
      if (event.type === 'text-delta' || event.type === 'field-delta' || event.type === 'field') {
        shown = true
      }
      return emit(event)
    },
    reset(reason) {
      if (!shown) return
      shown = false
      return emit({ type: 'reset', reason })
    },
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
    traceId: run.span.traceId,
    latencyMs: run.clock.now() - run.startedAtMs,
  }
}
