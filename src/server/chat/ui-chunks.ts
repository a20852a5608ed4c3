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
  /** The texts that stand, by the step that says them; steps may speak at the same time. */
  const open = new Map<string | undefined, { readonly id: string; text: string }>()
  let hasStarted = false
  let texts = 0

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

  /** Takes everything back, or what one step said: the texts of the others are then said again. */
  function startOver(step?: string): UiChunk[] {
    const kept = [...open].filter(([each]) => step !== undefined && each !== step)
    open.clear()
    const again = kept.flatMap(([each, { text }]) => delta(text, each))
    return [{ type: 'reset-step' }, ...again]
  }

  function delta(text: string, step?: string): UiChunk[] {
    if (text === '') return []
    const known = open.get(step)
    if (known) {
      known.text += text
      return [{ type: 'text-delta', id: known.id, delta: text }]
    }
    const id = `text-${++texts}`
    open.set(step, { id, text })
    return [
      { type: 'text-start', id },
      { type: 'text-delta', id, delta: text },
    ]
  }

  function endTexts(): UiChunk[] {
    return [...open.values()].map(({ id }): UiChunk => ({ type: 'text-end', id }))
  }

  /** Brings what was shown to what the answer is, and to nothing else. */
  function complete({ value }: Answer): UiChunk[] {
    const [only, ...others] = open
    if (typeof value !== 'string') {
      const answer: UiChunk = { type: 'data-answer', id: 'answer', data: { value } }
      return only ? [...startOver(), answer] : [answer]
    }
    const goesOn = only && others.length === 0 && value.startsWith(only[1].text)
    if (goesOn) return [...delta(value.slice(only[1].text.length), only[0]), ...endTexts()]
    const voiding = only ? startOver() : []
    return [...voiding, ...delta(value), ...endTexts()]
  }

  function fail(error: { readonly code: string; readonly message: string }): UiChunk[] {
    const ended: UiChunk[] = [...endTexts(), { type: 'finish-step' }]
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
          return delta(event.text, event.step)
        case 'reset':
          return [...startOver(event.step), notice('reset', withoutType(event))]
        case 'field-delta':
          return [notice('field', withoutType(event))]
        case 'field':
          return [notice('field', withoutType(event))]
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
