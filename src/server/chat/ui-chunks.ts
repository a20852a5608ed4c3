import type { Answer } from '../../model/answer.ts'
import type { AnswerEvent, FieldPath } from '../../model/answer-event.ts'

/**
 * A part of the AI SDK's UI message stream, version 1, as far as it is spoken here. What begins with
 * `data-` and is transient reaches the `onData` of a page and is not kept in the message.
 */
export type UiChunk =
  | { readonly type: 'start'; readonly messageId: string; readonly messageMetadata: object }
  | { readonly type: 'start-step' | 'reset-step' | 'finish-step' }
  | { readonly type: 'text-start' | 'text-end'; readonly id: string }
  | { readonly type: 'text-delta'; readonly id: string; readonly delta: string }
  | {
      readonly type: `data-${string}`
      readonly id?: string
      readonly data: object
      readonly transient?: true
    }
  | { readonly type: 'error'; readonly errorText: string }
  | { readonly type: 'abort'; readonly reason: string }
  | {
      readonly type: 'finish'
      readonly finishReason: 'stop' | 'interrupted'
      readonly messageMetadata?: object
    }

/**
 * Turns the log of an answer into the parts of a UI message, the same for every reader: a replay gives
 * what was streamed. The message has one step. When an attempt is replaced, `reset-step` takes back what
 * the step had, and when a worker took the answer up again, a `start` with the same id says so.
 */
export interface UiChunks {
  hear(event: AnswerEvent): readonly UiChunk[]
}

export function createUiChunks(answerId: string): UiChunks {
  const messageId = messageIdOf(answerId)
  let hasStarted = false
  let texts = 0
  /** The text that is under way. */
  let open: { readonly id: string; text: string } | undefined

  function start(event: AnswerEvent & { readonly type: 'answer-started' }): UiChunk[] {
    const { pipeline, traceId, run } = event
    const begin: UiChunk = {
      type: 'start',
      messageId,
      messageMetadata: { holdfast: { answerId, pipeline, traceId, run } },
    }
    if (hasStarted) return [...startOver(), begin]
    hasStarted = true
    return [begin, { type: 'start-step' }]
  }

  function startOver(): UiChunk[] {
    open = undefined
    return [{ type: 'reset-step' }]
  }

  function delta(text: string): UiChunk[] {
    if (text === '') return []
    const begun: UiChunk[] = open ? [] : [{ type: 'text-start', id: `text-${++texts}` }]
    open ??= { id: `text-${texts}`, text: '' }
    open.text += text
    return [...begun, { type: 'text-delta', id: open.id, delta: text }]
  }

  function endText(): UiChunk[] {
    return open ? [{ type: 'text-end', id: open.id }] : []
  }

  /** Brings what was shown to what the answer is. */
  function complete({ value }: Answer): UiChunk[] {
    if (typeof value !== 'string') return [{ type: 'data-answer', id: 'answer', data: { value } }]
    const differs = open !== undefined && !value.startsWith(open.text)
    const voiding = differs ? startOver() : []
    return [...voiding, ...delta(value.slice(open?.text.length ?? 0)), ...endText()]
  }

  function fail(error: { readonly code: string; readonly message: string }): UiChunk[] {
    const ended: UiChunk[] = [...endText(), { type: 'finish-step' }]
    if (error.code !== 'CANCELLED') return [...ended, { type: 'error', errorText: error.message }]
    return [
      ...ended,
      { type: 'abort', reason: 'cancelled' },
      { type: 'finish', finishReason: 'interrupted' },
    ]
  }

  return {
    hear(event) {
      switch (event.type) {
        case 'answer-started':
          return start(event)
        case 'text-delta':
          return delta(event.text)
        case 'reset':
          return [...startOver(), notice('reset', { reason: event.reason })]
        case 'field-delta':
          return [notice('field', { path: event.path, delta: event.text })]
        case 'field':
          return [notice('field', { path: event.path, value: event.value })]
        case 'step-started':
          return [notice('step', { step: event.step, state: 'started' })]
        case 'step-finished':
          return [notice('step', { step: event.step, state: 'finished' })]
        case 'attempt-started':
          return [notice('attempt', { ...withoutType(event), state: 'started' })]
        case 'attempt-failed':
          return [notice('attempt', { ...withoutType(event), state: 'failed' })]
        case 'answer-finished':
          return [
            ...complete(event.answer),
            { type: 'finish-step' },
            {
              type: 'finish',
              finishReason: 'stop',
              messageMetadata: { holdfast: provenanceOf(event.answer) },
            },
          ]
        case 'answer-failed':
          return fail(event.error)
      }
    },
  }
}

/** What a page may show while it waits; `path` leads to a place in a structured answer. */
function notice(
  name: string,
  data: { readonly path?: FieldPath; readonly [key: string]: unknown },
): UiChunk {
  return { type: `data-${name}`, data, transient: true }
}

function withoutType<E extends AnswerEvent>({ type, ...rest }: E): Omit<E, 'type'> {
  return rest
}

/** Where the answer came from: merged into what `start` has said. */
function provenanceOf(answer: Answer): object {
  return {
    source: answer.source,
    degraded: answer.degraded,
    ...(answer.reason && { reason: answer.reason }),
    ...(answer.model && { model: answer.model }),
    usage: answer.usage,
    ...(answer.costUsd !== undefined && { costUsd: answer.costUsd }),
    warnings: answer.warnings,
  }
}

/** The same for every replay, so that a page replaces the message and does not add another. */
function messageIdOf(answerId: string): string {
  return answerId.replace(/^ans_/, 'msg_')
}
