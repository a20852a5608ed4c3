import { HoldfastError } from '../base/errors.ts'
import { isRecord } from '../base/json.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import { invalidCursor, isCursor } from './cursor.ts'

/** What a client says on a live socket, one JSON object a message. */
export type ClientMessage =
  | {
      readonly type: 'subscribe'
      readonly answerId: string
      /** The last sequence number that the client has; 0 or left out: from the start. */
      readonly startingAfter?: number
    }
  | { readonly type: 'unsubscribe'; readonly answerId: string }
  | { readonly type: 'cancel'; readonly answerId: string }
  | { readonly type: 'ping' }

/** What the server says on a live socket, one JSON object a message. */
export type ServerMessage =
  | { readonly type: 'subscribed'; readonly answerId: string; readonly startingAfter: number }
  | {
      readonly type: 'events'
      readonly answerId: string
      readonly events: readonly SequencedEvent[]
    }
  /** Nothing follows: the event `lastSeq` was the last one of the answer. */
  | { readonly type: 'end'; readonly answerId: string; readonly lastSeq: number }
  /** The request to cancel has been taken; how the answer ends is told by its last event. */
  | { readonly type: 'cancel-requested'; readonly answerId: string }
  | { readonly type: 'pong' }
  | {
      readonly type: 'error'
      readonly code: string
      readonly message: string
      /** The answer that it is about, if it is about one. */
      readonly answerId?: string
      /** What was asked for with that answer and did not come about. */
      readonly action?: LiveAction
    }

/** What a client may want to do with an answer. */
export type LiveAction = 'subscribe' | 'cancel'

export type ParsedClientMessage =
  | { readonly ok: true; readonly message: ClientMessage }
  | {
      readonly ok: false
      readonly problem: HoldfastError<'INVALID_INPUT'>
      readonly about?: Concern
    }

/** The answer and the request that something on a socket is about. */
export interface Concern {
  readonly answerId: string
  readonly action: LiveAction
}

/** Longer ids are nobody's. */
const longestAnswerId = 200

/** Reads a message of a client, or says what is wrong with it. */
export function parseClientMessage(text: string): ParsedClientMessage {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('The message is not JSON.')
  }
  if (!isRecord(value)) return refuse('The message is not a JSON object.')
  if (value.type === 'ping') return { ok: true, message: { type: 'ping' } }
  const { type, answerId, startingAfter = 0 } = value
  if (type !== 'subscribe' && type !== 'unsubscribe' && type !== 'cancel') {
    return refuse('The type of the message is none of subscribe, unsubscribe, cancel, ping.')
  }
  if (typeof answerId !== 'string' || answerId === '' || answerId.length > longestAnswerId) {
    return refuse(`${type} needs an answerId of 1 to ${longestAnswerId} characters.`)
  }
  if (type !== 'subscribe') return { ok: true, message: { type, answerId } }
  if (!isCursor(startingAfter)) {
    const about = { answerId, action: 'subscribe' } as const
    return { ok: false, problem: invalidCursor('startingAfter', startingAfter), about }
  }
  return { ok: true, message: { type, answerId, startingAfter } }
}

function refuse(message: string): ParsedClientMessage {
  const issues = [{ path: '', message }]
  return { ok: false, problem: new HoldfastError('INVALID_INPUT', message, { issues }) }
}
