import type { FinishReason } from '../model/model.ts'
import { type OutputFailure, type OutputIssue, shorten } from './verdict.ts'

/** What a model answered, as far as its check needs it. */
export interface Answer {
  readonly text: string
  readonly finishReason: FinishReason
  /** What the provider put into its own field for refusals. */
  readonly refusal?: string
}

/**
 * The failure that lies in how an answer ended, before its text is looked at: an answer that was cut
 * is no answer, whatever can be made of it.
 */
export function failedEnding(answer: Answer): OutputFailure | undefined {
  const { text, finishReason, refusal } = answer
  if (refusal !== undefined && refusal !== '') {
    return ending('refused', refusal, 'the model declined in its refusal field')
  }
  if (finishReason === 'refusal') return ending('refused', text, 'the model declined')
  if (finishReason === 'content-filter') {
    return ending('refused', text, 'a content filter stopped the answer')
  }
  if (finishReason === 'length') {
    return ending('truncated', text, 'the token limit cut the answer')
  }
  if (!/\S/.test(text)) return ending('empty', text, 'the answer is empty')
  return undefined
}

/** Whether the provider said that the answer is whole. Otherwise no bracket may be missing. */
export function isWhole(finishReason: FinishReason): boolean {
  return finishReason === 'stop' || finishReason === 'tool-calls'
}

function ending(cause: OutputFailure['cause'], text: string, message: string): OutputFailure {
  const got = cause === 'truncated' ? `…${text.slice(-58)}` : shorten(text.trim(), 60)
  const issue: OutputIssue = { path: [], expected: 'a complete answer', got, message }
  return { cause, issues: [issue], excerpt: text.slice(-200) }
}
