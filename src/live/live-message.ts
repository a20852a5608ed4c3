import { HoldfastError } from '../base/errors.ts'
import { isRecord } from '../base/json.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import { invalidCursor, isCursor } from './cursor.ts'
import type { LiveGroup, LiveTarget } from './live-target.ts'

/** What a client says on a live socket, one JSON object a message. */
export type ClientMessage =
  | {
      readonly type: 'subscribe'
      readonly answerId: string
      /** The last sequence number that the client has; 0 or left out: from the start. */
      readonly startingAfter?: number
    }
  | (LiveGroup & {
      readonly type: 'subscribe'
      /** The last cursor that the client has; left out: from now on. */
      readonly startingAfter?: string
    })
  | (LiveTarget & { readonly type: 'unsubscribe' })
  | { readonly type: 'cancel'; readonly answerId: string }
  | { readonly type: 'ping' }

/** What the server says on a live socket, one JSON object a message. */
export type ServerMessage =
  | { readonly type: 'subscribed'; readonly answerId: string; readonly startingAfter: number }
  | (LiveGroup & { readonly type: 'subscribed'; readonly cursor: string })
  | {
      readonly type: 'events'
      readonly answerId: string
      readonly events: readonly SequencedEvent[]
    }
  | (LiveGroup & GroupEvents)
  /** Nothing follows: the event `lastSeq` was the last one of the answer. */
  | { readonly type: 'end'; readonly answerId: string; readonly lastSeq: number }
  /** The request to cancel has been taken; how the answer ends is told by its last event. */
  | { readonly type: 'cancel-requested'; readonly answerId: string }
  | { readonly type: 'pong' }
  /** With what it is about, and what was asked for with that and did not come about, if it is about one. */
  | ({ readonly type: 'error'; readonly code: string; readonly message: string } & (
      | Partial<Record<'answerId' | 'conversationId' | 'userId' | 'pipeline' | 'action', never>>
      | Concern
    ))

/** Events of one answer of a group. */
export interface GroupEvents {
  readonly type: 'events'
  readonly answerId: string
  readonly events: readonly SequencedEvent[]
  /** The place to go on from after these. */
  readonly cursor: string
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

/** What a request on a socket is about. */
export type Concern = LiveTarget & { readonly action: LiveAction }

/** Longer ids are nobody's. */
const longestId = 200

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
  const { type, startingAfter } = value
  if (type !== 'subscribe' && type !== 'unsubscribe' && type !== 'cancel') {
    return refuse('The type of the message is none of subscribe, unsubscribe, cancel, ping.')
  }
  const target = readTarget(value)
  if (!target || (type === 'cancel' && !('answerId' in target))) {
    const ids =
      type === 'cancel' ? 'an answerId' : 'an answerId, a conversationId, a userId or a pipeline'
    return refuse(`${type} needs ${ids} of 1 to ${longestId} characters.`)
  }
  if (type === 'unsubscribe') return { ok: true, message: { ...target, type } }
  if ('answerId' in target) {
    const { answerId } = target
    if (type === 'cancel') return { ok: true, message: { type, answerId } }
    const after = startingAfter ?? 0
    if (isCursor(after)) {
      return { ok: true, message: { type: 'subscribe', answerId, startingAfter: after } }
    }
  } else {
    if (startingAfter === undefined) return { ok: true, message: { ...target, type: 'subscribe' } }
    if (typeof startingAfter === 'string') {
      return { ok: true, message: { ...target, type: 'subscribe', startingAfter } }
    }
  }
  const about = { ...target, action: 'subscribe' } as const
  return { ok: false, problem: invalidCursor('startingAfter', startingAfter), about }
}

/** Exactly one id says what a message is about. */
function readTarget(value: Readonly<Record<string, unknown>>): LiveTarget | undefined {
  const { answerId, conversationId, userId, pipeline } = value
  const named = Object.entries({ answerId, conversationId, userId, pipeline }).filter(
    ([, id]) => id !== undefined,
  )
  const [, id] = named[0] ?? []
  if (named.length !== 1 || typeof id !== 'string' || id === '' || id.length > longestId) {
    return undefined
  }
  if (answerId !== undefined) return { answerId: id }
  if (conversationId !== undefined) return { conversationId: id }
  return userId !== undefined ? { userId: id } : { pipeline: id }
}

function refuse(message: string): ParsedClientMessage {
  const issues = [{ path: '', message }]
  return { ok: false, problem: new HoldfastError('INVALID_INPUT', message, { issues }) }
}
