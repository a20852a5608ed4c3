import type { Json, JsonObject } from '../base/json.ts'
import type { Answer, AttemptCause } from '../model/answer.ts'
import type { AnswerEvent, FieldPath } from '../model/answer-event.ts'
import type { FailureReason } from '../model/failure-reason.ts'
import { setAtPath } from './set-at-path.ts'

/** What is known of an answer so far: all that a page needs to show it. */
export interface AnswerView<Value = JsonObject> {
  readonly state: 'waiting' | 'running' | 'finished' | 'failed'
  readonly answerId: string | undefined
  readonly traceId: string | undefined
  /** Above 1 when a worker died and another one took the answer up. */
  readonly run: number
  /** A text answer as far as it has come. */
  readonly text: string
  /** A structured answer as far as it has come; strings in it may still grow. */
  readonly fields: Partial<Value>
  readonly steps: readonly StepView[]
  readonly attempts: readonly AttemptView[]
  /** When finished: the whole answer, which is what counts, whatever came before it. */
  readonly answer: Answer<Value> | undefined
  /** When failed. */
  readonly error: { readonly code: string; readonly message: string } | undefined
}

export interface StepView {
  readonly step: string
  /** Undefined while it runs. */
  readonly durationMs: number | undefined
}

export interface AttemptView {
  readonly attempt: number
  readonly provider: string
  readonly model: string
  readonly why: AttemptCause
  /** Why it failed; undefined while it has not. */
  readonly failed: FailureReason | undefined
}

/** Before the first event. */
export const emptyView = {
  state: 'waiting',
  answerId: undefined,
  traceId: undefined,
  run: 0,
  text: '',
  fields: {},
  steps: [],
  attempts: [],
  answer: undefined,
  error: undefined,
} as const satisfies AnswerView

/**
 * The view after one more event; the one before is left as it was. A reset voids text and fields, and
 * a new run voids all, so that a page never shows the texts of two attempts as one.
 */
export function applyEvent<Value = JsonObject>(
  view: AnswerView<Value>,
  event: AnswerEvent<Value>,
): AnswerView<Value> {
  switch (event.type) {
    case 'answer-started': {
      const { answerId, traceId, run } = event
      return { ...emptyView, state: 'running', answerId, traceId, run }
    }
    case 'step-started':
      return { ...view, steps: [...view.steps, { step: event.step, durationMs: undefined }] }
    case 'step-finished':
      return { ...view, steps: finishStep(view.steps, event.step, event.durationMs) }
    case 'attempt-started': {
      const { attempt, provider, model, why } = event
      const started = { attempt, provider, model, why, failed: undefined }
      return { ...view, attempts: [...view.attempts, started] }
    }
    case 'attempt-failed':
      return { ...view, attempts: failAttempt(view.attempts, event.attempt, event.reason) }
    case 'text-delta':
      return { ...view, text: view.text + event.text }
    case 'field-delta': {
      const grown = (previous: Json | undefined) =>
        typeof previous === 'string' ? previous + event.text : event.text
      return { ...view, fields: changeFields(view.fields, event.path, grown) }
    }
    case 'field':
      return { ...view, fields: changeFields(view.fields, event.path, () => event.value) }
    case 'reset':
      return { ...view, text: '', fields: {} }
    case 'answer-finished':
      return { ...view, state: 'finished', answer: event.answer }
    case 'answer-failed':
      return { ...view, state: 'failed', error: event.error }
    default:
      // A newer server may tell what this page does not know.
      return view
  }
}

/** The view after all these events. */
export function assemble<Value = JsonObject>(
  events: Iterable<AnswerEvent<Value>>,
): AnswerView<Value> {
  let view: AnswerView<Value> = emptyView
  for (const event of events) view = applyEvent(view, event)
  return view
}

/** The shape of the fields is the pipeline's promise: here they are JSON, outside they have its type. */
function changeFields<Value>(
  fields: Partial<Value>,
  path: FieldPath,
  change: (previous: Json | undefined) => Json,
): Partial<Value> {
  return setAtPath(fields as JsonObject, path, change) as Partial<Value>
}

/** A step of the same name may have run before: it is the open one that ends. */
function finishStep(steps: readonly StepView[], step: string, durationMs: number): StepView[] {
  const open = steps.findLastIndex((each) => each.step === step && each.durationMs === undefined)
  return steps.map((each, index) => (index === open ? { ...each, durationMs } : each))
}

function failAttempt(
  attempts: readonly AttemptView[],
  attempt: number,
  failed: FailureReason,
): AttemptView[] {
  return attempts.map((each) => (each.attempt === attempt ? { ...each, failed } : each))
}
