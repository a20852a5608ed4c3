import type { ClientMessage, ServerMessage } from '../live/live-message.ts'
import type { LiveGroup } from '../live/live-target.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import { LiveError } from './live-error.ts'
import { createMailbox, type Mailbox } from './mailbox.ts'

/** Events of one answer of a group, with the place to go on from after them; none when it has begun. */
export interface GroupBatch {
  readonly answerId: string
  readonly events: readonly SequencedEvent[]
  readonly cursor: string
}

/** The conversations and users that are followed over one socket. */
export interface SocketGroups {
  readonly isEmpty: boolean
  /** Takes a message of the server; tells whether it was about a group. */
  receive(message: ServerMessage): boolean
  /** Fails those whose subscribe the server has not confirmed, since it could not read something. */
  failUnconfirmed(error: LiveError): void
  failAll(error: LiveError): void
  stream(
    group: LiveGroup,
    startingAfter: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<GroupBatch, void>
}

interface Follower {
  readonly mailbox: Mailbox<GroupBatch>
  isConfirmed: boolean
}

export function createSocketGroups(say: (message: ClientMessage) => void): SocketGroups {
  const followers = new Map<string, Follower>()

  function take(key: string, message: ServerMessage): void {
    const follower = followers.get(key)
    if (!follower) return
    if (message.type === 'error') {
      follower.mailbox.fail(new LiveError(message.code, message.message))
    } else if (message.type === 'subscribed' && 'cursor' in message) {
      follower.isConfirmed = true
      follower.mailbox.put({ answerId: '', events: [], cursor: message.cursor })
    } else if (message.type === 'events' && 'cursor' in message && follower.isConfirmed) {
      follower.mailbox.put(message)
    }
  }

  return {
    get isEmpty() {
      return followers.size === 0
    },
    receive(message) {
      const key = keyOf(message)
      if (key === undefined) return false
      take(key, message)
      return true
    },
    failUnconfirmed(error) {
      for (const { isConfirmed, mailbox } of followers.values()) {
        if (!isConfirmed) mailbox.fail(error)
      }
    },
    failAll(error) {
      for (const { mailbox } of followers.values()) mailbox.fail(error)
    },
    async *stream(group, startingAfter, signal) {
      const key = keyOf(group) ?? ''
      const follower = { mailbox: createMailbox<GroupBatch>(), isConfirmed: false }
      followers.set(key, follower)
      say({ ...group, type: 'subscribe', ...(startingAfter !== undefined && { startingAfter }) })
      try {
        yield* follower.mailbox.take(signal)
      } finally {
        if (followers.get(key) === follower) followers.delete(key)
        say({ ...group, type: 'unsubscribe' })
      }
    },
  }
}

/** Undefined for what is about an answer, or about nothing. */
function keyOf(message: object): string | undefined {
  if ('conversationId' in message) return `conversation:${message.conversationId}`
  if ('userId' in message) return `user:${message.userId}`
  if ('pipeline' in message) return `pipeline:${message.pipeline}`
  return undefined
}
