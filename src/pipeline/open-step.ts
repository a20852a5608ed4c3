import { isRecord, type Json, type JsonObject } from '../base/json.ts'
import type { Span } from '../base/telemetry-port.ts'
import type { DegradedReason } from '../model/answer.ts'
import { type AnswerEvent, showsContent } from '../model/answer-event.ts'
import type { Run } from './run.ts'

/** Where the values of a step, or of a run, came from: the worst of its parts counts. */
export interface Origin {
  readonly modelIndex: number | undefined
  readonly mended: readonly string[]
  readonly stepDown: DegradedReason | undefined
  readonly canned: DegradedReason | undefined
}

export const noOrigin: Origin = {
  modelIndex: undefined,
  mended: [],
  stepDown: undefined,
  canned: undefined,
}

export function mergeOrigins(one: Origin, other: Origin): Origin {
  const isFurther = (other.modelIndex ?? -1) > (one.modelIndex ?? -1)
  return {
    modelIndex: isFurther ? other.modelIndex : one.modelIndex,
    mended: [...one.mended, ...other.mended],
    stepDown: isFurther ? other.stepDown : one.stepDown,
    canned: one.canned ?? other.canned,
  }
}

/** A step at work: its own view of the run, and what it has shown and where that came from. */
export interface OpenStep {
  readonly run: Run
  origin: Origin
  /** The text that its readers have before them. */
  readonly shownText: string
}

/** Events, trace and account of a step are told from those that run beside it by its name. */
export function openStep(run: Run, name: string, span: Span): OpenStep {
  let shown = false
  let shownText = ''
  const emit = (event: AnswerEvent) =>
    run.emit(belongsToStep(event) ? { ...event, step: name } : event)
  const stepRun: Run = {
    ...run,
    span,
    ledger: run.ledger.part(name),
    emit(event) {
      if (showsContent(event)) shown = true
      if (event.type === 'text-delta') shownText += event.text
      return emit(event)
    },
    reset(reason) {
      if (!shown) return
      shown = false
      shownText = ''
      return emit({ type: 'reset', reason })
    },
  }
  return {
    run: stepRun,
    origin: noOrigin,
    get shownText() {
      return shownText
    },
  }
}

type StepEvent = Extract<
  AnswerEvent,
  { type: 'text-delta' | 'field-delta' | 'field' | 'reset' | 'attempt-started' | 'attempt-failed' }
>

function belongsToStep(event: AnswerEvent): event is StepEvent {
  return (
    showsContent(event) ||
    event.type === 'reset' ||
    event.type === 'attempt-started' ||
    event.type === 'attempt-failed'
  )
}

/** The checkpoint of a step: its result, what it showed, and where it came from. */
export function toCheckpoint(result: Json, { origin, shownText }: OpenStep): JsonObject {
  const { modelIndex, mended, stepDown, canned } = origin
  return {
    result,
    shownText,
    origin: {
      ...(modelIndex !== undefined && { modelIndex }),
      mended,
      ...(stepDown && { stepDown: { ...stepDown } }),
      ...(canned && { canned: { ...canned } }),
    },
  }
}

/** Reads what `toCheckpoint` made. */
export function fromCheckpoint(value: unknown): {
  readonly result: unknown
  readonly shownText: string
  readonly origin: Origin
} {
  const { result, shownText, origin } = isRecord(value) ? value : {}
  return {
    result,
    shownText: typeof shownText === 'string' ? shownText : '',
    // Written from an origin, without what was undefined.
    origin: { ...noOrigin, ...(origin as Partial<Origin>) },
  }
}
