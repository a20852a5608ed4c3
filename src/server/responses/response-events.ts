import type { AnswerEvent } from '../../model/answer-event.ts'
import { messageIdOf } from './response-facts.ts'
import {
  answerText,
  endedResponse,
  type OutputMessage,
  openResponse,
  type ResponseEnd,
  type ResponseIdentity,
} from './response-object.ts'

/** One event of a response stream, as it is sent. */
export interface ResponseEvent {
  readonly type: string
  readonly sequence_number: number
}

/**
 * Turns the log of an answer into the events of a response.
 *
 * Nothing of the protocol is stored: the events and their numbers are computed from the log each time,
 * from its first entry on, so they come out the same for every reader on every process, and a reader
 * that resumes after a number gets exactly the rest. Hence everything in them has to come from the
 * record and the log; a clock or a random id in here would break that.
 *
 * The protocol cannot take text back. So when an attempt is replaced, its message is ended as
 * `incomplete`, and the new attempt speaks in a message of its own, with an id and an index of its own;
 * the response that ends the stream holds the valid one alone.
 */
export interface ResponseEvents {
  /** What is there before the log has anything. */
  opening(): readonly ResponseEvent[]
  /** What an entry of the log, other than the last, adds. */
  hear(event: AnswerEvent): readonly ResponseEvent[]
  /** What the end adds. */
  end(end: ResponseEnd): readonly ResponseEvent[]
  /** The response as the last event of the stream holds it. */
  ended(end: ResponseEnd): object
}

interface OpenMessage {
  readonly id: string
  readonly index: number
  /** The step that speaks; undefined for the answer itself. */
  readonly step: string | undefined
  text: string
}

type Say = (type: string, fields: object) => ResponseEvent

export function createResponseEvents(identity: ResponseIdentity): ResponseEvents {
  /** What is being said, by step; steps may speak at the same time. */
  const open = new Map<string | undefined, OpenMessage>()
  let nextNumber = 0
  let messages = 0
  let run = 0

  const say: Say = (type, fields) => ({ type, ...fields, sequence_number: nextNumber++ })

  function delta(text: string, step?: string): ResponseEvent[] {
    if (text === '') return []
    const added = open.has(step) ? [] : addMessage(step)
    const message = open.get(step)
    if (message) message.text += text
    return [
      ...added,
      say('response.output_text.delta', { ...placeOf(message), delta: text, logprobs: [] }),
    ]
  }

  function addMessage(step?: string): ResponseEvent[] {
    const index = messages++
    const message = { id: messageIdOf(identity.answerId, 'out', index), index, step, text: '' }
    open.set(step, message)
    return [
      say('response.output_item.added', {
        output_index: index,
        item: { ...messageOf(message, 'in_progress'), content: [] },
      }),
      say('response.content_part.added', { ...placeOf(message), part: textPart('') }),
    ]
  }

  function endItem(message: OpenMessage, status: OutputMessage['status']): ResponseEvent {
    open.delete(message.step)
    return say('response.output_item.done', {
      output_index: message.index,
      item: messageOf(message, status),
    })
  }

  /** Ends messages as void, and says so in a field of ours. */
  function startOver(reason: string, voided: readonly OpenMessage[]): ResponseEvent[] {
    return [
      ...voided.map((message) => endItem(message, 'incomplete')),
      say('response.in_progress', {
        response: openResponse(identity, 'in_progress'),
        holdfast: {
          run,
          reset: voided.length > 0 ? { reason, void_item_ids: voided.map(({ id }) => id) } : null,
        },
      }),
    ]
  }

  function reset(reason: string, step: string | undefined): ResponseEvent[] {
    const voided = [...open.values()].filter((each) => step === undefined || each.step === step)
    return voided.length > 0 ? startOver(reason, voided) : []
  }

  /** The message that turns out to be the answer, if what was shown goes on to it. */
  function beginningOf(text: string): OpenMessage | undefined {
    const [only, ...others] = open.values()
    return only && others.length === 0 && text.startsWith(only.text) ? only : undefined
  }

  /** Brings what was shown to what the answer is: more of it, or, where they differ, all of it anew. */
  function complete(text: string): ResponseEvent[] {
    const begun = beginningOf(text)
    if (begun) return [...delta(text.slice(begun.text.length), begun.step), ...endText(begun)]
    const steps = [...open.values()].filter(({ step }) => step !== undefined)
    const said = steps.map((message) => endItem(message, 'completed'))
    const voiding = open.size > 0 ? startOver('replaced', [...open.values()]) : []
    const added = delta(text)
    const message = open.get(undefined)
    return [...said, ...voiding, ...added, ...(message ? endText(message) : [])]
  }

  /** The answer is left open, for the last event to hold it. */
  function endText(message: OpenMessage): ResponseEvent[] {
    const { text } = message
    const answer = { ...message, step: undefined }
    const ended = [
      say('response.output_text.done', { ...placeOf(answer), text, logprobs: [] }),
      say('response.content_part.done', { ...placeOf(answer), part: textPart(text) }),
      endItem(answer, 'completed'),
    ]
    open.clear()
    open.set(undefined, answer)
    return ended
  }

  /** An answer that was only read, not streamed, has its message all the same. */
  function outputOf(end: ResponseEnd): readonly OutputMessage[] {
    if (end.state === 'failed') return []
    if (end.state === 'cancelled') {
      return [...open.values()].map((message) => messageOf(message, 'incomplete'))
    }
    const text = answerText(end.answer)
    const index = beginningOf(text)?.index ?? messages
    const id = messageIdOf(identity.answerId, 'out', index)
    return [messageOf({ id, index, step: undefined, text }, 'completed')]
  }

  function giveUp(): ResponseEvent[] {
    return [...open.values()].map((message) => endItem(message, 'incomplete'))
  }

  const ended = (end: ResponseEnd) => endedResponse(identity, end, outputOf(end))

  return {
    ended,
    opening() {
      const response = openResponse(identity, 'queued')
      return [say('response.created', { response }), say('response.queued', { response })]
    },
    hear(event) {
      switch (event.type) {
        case 'answer-started':
          run = event.run
          return startOver('new-run', [...open.values()])
        case 'reset':
          return reset(event.reason, event.step)
        case 'text-delta':
          return delta(event.text, event.step)
        default:
          return []
      }
    },
    end(end) {
      // What it had said when it was cancelled is in the last event, so that is made first.
      const response = end.state === 'completed' ? undefined : ended(end)
      const closing = end.state === 'completed' ? complete(answerText(end.answer)) : giveUp()
      return [...closing, say(endTypes[end.state], { response: response ?? ended(end) })]
    },
  }
}

/** The protocol has no event for a cancellation; the response in it says `cancelled`. */
const endTypes: Readonly<Record<ResponseEnd['state'], string>> = {
  completed: 'response.completed',
  failed: 'response.failed',
  cancelled: 'response.incomplete',
}

/** Where in the output a text stands. */
function placeOf(message: OpenMessage | undefined) {
  return { item_id: message?.id, output_index: message?.index, content_index: 0 }
}

/** What a step says is no part of the answer, which the protocol calls commentary. */
function messageOf(message: OpenMessage, status: OutputMessage['status']): OutputMessage {
  return {
    type: 'message',
    id: message.id,
    status,
    role: 'assistant',
    content: [textPart(message.text)],
    ...(message.step !== undefined && { phase: 'commentary' }),
  }
}

function textPart(text: string): object {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}
