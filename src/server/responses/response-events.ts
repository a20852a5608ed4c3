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
  text: string
}

type Say = (type: string, fields: object) => ResponseEvent

export function createResponseEvents(identity: ResponseIdentity): ResponseEvents {
  let nextNumber = 0
  let messages = 0
  let run = 0
  let open: OpenMessage | undefined

  const say: Say = (type, fields) => ({ type, ...fields, sequence_number: nextNumber++ })

  function delta(text: string): ResponseEvent[] {
    if (text === '') return []
    const added = open ? [] : addMessage()
    if (open) open.text += text
    return [
      ...added,
      say('response.output_text.delta', { ...placeOf(open), delta: text, logprobs: [] }),
    ]
  }

  function addMessage(): ResponseEvent[] {
    const index = messages++
    open = { id: messageIdOf(identity.answerId, 'out', index), index, text: '' }
    return [
      say('response.output_item.added', {
        output_index: index,
        item: { ...messageOf(open, 'in_progress'), content: [] },
      }),
      say('response.content_part.added', { ...placeOf(open), part: textPart('') }),
    ]
  }

  /** Ends the message that is under way as void, and says so in a field of ours. */
  function startOver(reason: string): ResponseEvent[] {
    const voided = open
    open = undefined
    return [
      ...(voided ? [itemDone(voided, 'incomplete')] : []),
      say('response.in_progress', {
        response: openResponse(identity, 'in_progress'),
        holdfast: { run, reset: voided ? { reason, void_item_id: voided.id } : null },
      }),
    ]
  }

  function itemDone(message: OpenMessage, status: OutputMessage['status']): ResponseEvent {
    return say('response.output_item.done', {
      output_index: message.index,
      item: messageOf(message, status),
    })
  }

  /** Brings what was shown to what the answer is: more of it, or, where they differ, all of it anew. */
  function complete(text: string): ResponseEvent[] {
    const differs = open !== undefined && !text.startsWith(open.text)
    const voiding = differs ? startOver('replaced') : []
    return [...voiding, ...delta(text.slice(open?.text.length ?? 0)), ...closeMessage()]
  }

  function closeMessage(): ResponseEvent[] {
    if (!open) return []
    const { text } = open
    return [
      say('response.output_text.done', { ...placeOf(open), text, logprobs: [] }),
      say('response.content_part.done', { ...placeOf(open), part: textPart(text) }),
      itemDone(open, 'completed'),
    ]
  }

  function ended(end: ResponseEnd): object {
    return endedResponse(identity, end, lastMessage(end))
  }

  /** An answer that was only read, not streamed, has its message all the same. */
  function lastMessage(end: ResponseEnd): OutputMessage | undefined {
    if (end.state === 'failed') return undefined
    if (end.state === 'cancelled') return open && messageOf(open, 'incomplete')
    const text = answerText(end.answer)
    const index = open && text.startsWith(open.text) ? open.index : messages
    const id = messageIdOf(identity.answerId, 'out', index)
    return messageOf({ id, index, text }, 'completed')
  }

  return {
    opening: () => {
      const response = openResponse(identity, 'queued')
      return [say('response.created', { response }), say('response.queued', { response })]
    },
    hear(event) {
      switch (event.type) {
        case 'answer-started':
          run = event.run
          return startOver('new-run')
        case 'reset':
          return open ? startOver(event.reason) : []
        case 'text-delta':
          return delta(event.text)
        default:
          return []
      }
    },
    end(end) {
      const closing =
        end.state === 'completed'
          ? complete(answerText(end.answer))
          : open
            ? [itemDone(open, 'incomplete')]
            : []
      return [...closing, say(endTypes[end.state], { response: ended(end) })]
    },
    ended,
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

function messageOf(message: OpenMessage, status: OutputMessage['status']): OutputMessage {
  return {
    type: 'message',
    id: message.id,
    status,
    role: 'assistant',
    content: [textPart(message.text)],
  }
}

function textPart(text: string): object {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}
