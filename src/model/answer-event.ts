import type { Json } from '../base/json.ts'
import type { Answer, AttemptCause } from './answer.ts'
import type { FailureReason } from './failure-reason.ts'

/**
 * What happens while an answer is made, in order. The last event is `answer-finished` or
 * `answer-failed`, and there is exactly one of them. Texts of two attempts never mix: `reset` says
 * that all text and fields so far are void, or those of one step where it names one.
 *
 * Steps may run at the same time. What belongs to one bears its name.
 */
export type AnswerEvent<Value = unknown> =
  | {
      readonly type: 'answer-started'
      readonly answerId: string
      readonly pipeline: string
      readonly traceId: string
      /** 1, or higher when a run before it died and a worker took the answer up again. */
      readonly run: number
    }
  | { readonly type: 'step-started'; readonly step: string }
  | { readonly type: 'step-finished'; readonly step: string; readonly durationMs: number }
  | {
      readonly type: 'attempt-started'
      readonly attempt: number
      readonly provider: string
      readonly model: string
      readonly why: AttemptCause
      readonly step?: string
    }
  | {
      readonly type: 'attempt-failed'
      readonly attempt: number
      readonly reason: FailureReason
      readonly step?: string
    }
  /** More of a text answer. */
  | { readonly type: 'text-delta'; readonly text: string; readonly step?: string }
  /** More of a string inside a structured answer. */
  | {
      readonly type: 'field-delta'
      readonly path: FieldPath
      readonly text: string
      readonly step?: string
    }
  /** A leaf of a structured answer that is complete. */
  | {
      readonly type: 'field'
      readonly path: FieldPath
      readonly value: Json
      readonly step?: string
    }
  | { readonly type: 'reset'; readonly reason: FailureReason; readonly step?: string }
  | { readonly type: 'answer-finished'; readonly answer: Answer<Value> }
  | {
      readonly type: 'answer-failed'
      readonly error: { readonly code: string; readonly message: string }
    }

export type FieldPath = readonly (string | number)[]

/** Whether this event shows a reader something of the answer that is being made. */
export function showsContent(event: AnswerEvent): boolean {
  return event.type === 'text-delta' || event.type === 'field-delta' || event.type === 'field'
}

/** Whether nothing follows this event. */
export function isLastEvent(event: AnswerEvent): boolean {
  return event.type === 'answer-finished' || event.type === 'answer-failed'
}
