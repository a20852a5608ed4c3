import type { Json, JsonObject } from '../base/json.ts'
import type { Answer, AttemptCause } from '../model/answer.ts'
import type { AnswerEvent } from '../model/answer-event.ts'
import type { FailureReason } from '../model/failure-reason.ts'
import { setAtPath } from './set-at-path.ts'

/** What is known of an answer so far: all that a page needs to show it. */
export interface AnswerView<Value = JsonObject> {
  readonly state: 'waiting' | 'running' | 'finished' | 'failed'
  readonly answerId: string | undefined
  readonly traceId: string | undefined
  /** Above 1 when a worker died and another one took the answer up. */
  readonly run: number
  /** A text answer as far as it has come; texts of steps stand with their step. */
  readonly text: string
  /** A structured answer as far as it has come; strings in it may still grow. */
  readonly fields: Partial<Value>
  /** In the order in which they began; several may run at the same time. */
  readonly steps: readonly StepView[]
  readonly attempts: readonly AttemptView[]
  /** When finished: the whole answer, which is what counts, whatever came before it. */
  readonly answer: Answer<Value> | undefined
  /** When failed. */
  readonly error: { readonly code: string; readonly message: string } | undefined
}

export interface StepView {
  readonly step: string
  /** What the step has shown so far, as text or as fields. */
  readonly text: string
  readonly fields: JsonObject
  /** Undefined while it runs. */
  readonly durationMs: number | undefined
}

export interface AttemptView {
  readonly attempt: number
  readonly provider: string
  readonly model: string
  readonly why: AttemptCause
  /** The step that it belongs to, if any. */
  readonly step: string | undefined
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

const noContent = { text: '', fields: {} } as const

const emptyStep = { ...noContent, durationMs: undefined }

/**
 * The view after one more event; the one before is left as it was. A reset voids text and fields, of
 * one step where it names one, and a new run voids all, so that a page never shows the texts of two
 * attempts as one.
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
      return { ...view, steps: [...view.steps, { ...emptyStep, step: event.step }] }
    case 'step-finished':
      return { ...view, steps: finishStep(view.steps, event.step, event.durationMs) }
    case 'attempt-started': {
      const { attempt, provider, model, why, step } = event
      const started = { attempt, provider, model, why, step, failed: undefined }
      return { ...view, attempts: [...view.attempts, started] }
    }
    case 'attempt-failed':
      return { ...view, attempts: failAttempt(view.attempts, event) }
    case 'text-delta':
    case 'field-delta':
    case 'field':
      return event.step === undefined
        ? { ...view, ...withContent(view, event) }
        : changeStep(view, event.step, (step) => withContent(step, event))
    case 'reset':
      if (event.step !== undefined) return changeStep(view, event.step, () => noContent)
      return {
        ...view,
        ...noContent,
        steps: view.steps.map((step) => ({ ...step, ...noContent })),
      }
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

type ContentEvent = Extract<AnswerEvent, { type: 'text-delta' | 'field-delta' | 'field' }>

/** What a view or a step shows, after one more piece of it. */
function withContent<Content extends { readonly text: string; readonly fields: object }>(
  { text, fields }: Content,
  event: ContentEvent,
): Pick<Content, 'text' | 'fields'> {
  if (event.type === 'text-delta') return { text: text + event.text, fields }
  const change = (previous: Json | undefined): Json => {
    if (event.type === 'field') return event.value
    return typeof previous === 'string' ? previous + event.text : event.text
  }
  // The shape of the fields is the pipeline's promise: here they are JSON, outside they have its type.
  return { text, fields: setAtPath(fields as JsonObject, event.path, change) as typeof fields }
}

function changeStep<Value>(
  view: AnswerView<Value>,
  name: string,
  change: (step: StepView) => Partial<StepView>,
): AnswerView<Value> {
  const steps = view.steps.map((each) => (each.step === name ? { ...each, ...change(each) } : each))
  return { ...view, steps }
}

/** A step of the same name may have run before: it is the open one that ends. */
function finishStep(steps: readonly StepView[], step: string, durationMs: number): StepView[] {
  const open = steps.findLastIndex((each) => each.step === step && each.durationMs === undefined)
  return steps.map((each, index) => (index === open ? { ...each, durationMs } : each))
}

function failAttempt(
  attempts: readonly AttemptView[],
  failed: Extract<AnswerEvent, { type: 'attempt-failed' }>,
): AttemptView[] {
  return attempts.map((each) =>
    each.attempt === failed.attempt && each.step === failed.step
      ? { ...each, failed: failed.reason }
      : each,
  )
}
