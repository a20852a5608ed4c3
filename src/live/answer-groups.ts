/**
 * Follows all answers of a conversation, of a user or of a pipeline as one stream.
 *
 * The difficulty is that nothing may be lost between two connections although no list of the answers
 * with numbers of its own is kept: answers are accepted by any process, by clocks that differ a little,
 * and are found in the store some time after that. So each look goes back a while behind the look
 * before, and finds what is open or has ended since; what is known already is passed over. The cursor
 * holds the time of the look and the places in what is known, for as long as a look could find it again.
 *
 * Invariants:
 * 1. An answer is followed when a look has found it, once, from its start or from its place in the cursor.
 * 2. An answer leaves the cursor only when it has ended so long ago that no look finds it any more.
 * 3. An answer that the cursor names is followed only if its record says that it is of this group: the
 *    cursor comes from outside.
 * 4. Each answer has at most one lot waiting, and its log is read no further until that was taken.
 */
import { linkAbort, untilAborted } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { HoldfastError } from '../base/errors.ts'
import type { AnswerRecord, AnswerStore } from '../store/answer-store.ts'
import type { ConversationStore } from '../store/conversation-store.ts'
import type { SequencedEvent } from '../store/event-store.ts'
import type { Arrivals } from './arrivals.ts'
import type { EventLog } from './event-log.ts'
import { every } from './every.ts'
import {
  formatGroupCursor,
  formatPlace,
  type GroupCursor,
  maxAnswersInCursor,
  parseGroupCursor,
} from './group-cursor.ts'
import { describeTarget, type LiveGroup } from './live-target.ts'

export interface AnswerGroups {
  /**
   * The events of all answers of the group that are open, ended within the last 15 s, or come in later,
   * mixed, each answer's in order; with `startingAfter`, what came after that cursor. First comes a lot
   * without events, whose cursor is the place where the subscription begins. It does not end by itself.
   *
   * @throws INVALID_INPUT for a cursor that is none; NOT_FOUND where a log does not hold a place of the
   * cursor any more; STORE_UNAVAILABLE.
   */
  follow(group: LiveGroup, options?: FollowGroupOptions): AsyncGenerator<GroupLot, void>
}

export interface FollowGroupOptions {
  /** A cursor, as a lot gave it. */
  readonly startingAfter?: string
  readonly signal?: AbortSignal
}

/** Events of one answer of a group; none in the first lot. */
export interface GroupLot {
  readonly answerId: string
  readonly events: readonly SequencedEvent[]
  /** The place after the event of this lot with that number, to go on from. */
  cursorAfter(seq: number): string
}

export interface AnswerGroupsOptions {
  readonly log: Pick<EventLog, 'subscribe'>
  readonly answers: Pick<AnswerStore, 'get' | 'list'>
  readonly conversations: Pick<ConversationStore, 'ownerOf'>
  readonly arrivals: Arrivals
  readonly clock: Clock
}

/** Far more than the clocks of servers differ, and than a record needs to be seen after its time stamp. */
const lookBackMs = 15_000
/** What is missed by all signs is found within this time. */
const lookEveryMs = 5_000

export function createAnswerGroups(options: AnswerGroupsOptions): AnswerGroups {
  return {
    async *follow(group, { startingAfter, signal } = {}) {
      const after =
        startingAfter === undefined ? undefined : parseGroupCursor('startingAfter', startingAfter)
      const abort = linkAbort(signal)
      const feed = createGroupFeed(group, { ...options, after, signal: abort.signal })
      try {
        yield await feed.begin()
        for (;;) yield await feed.next()
      } finally {
        abort.abort(new DOMException('The group is not followed any more.', 'AbortError'))
        abort.release()
        await feed.close()
      }
    },
  }
}

interface GroupFeedOptions extends AnswerGroupsOptions {
  readonly after: GroupCursor | undefined
  readonly signal: AbortSignal
}

/** An answer that is followed, or was until lately. */
interface Member {
  seq: number
  /** When it ended, once its last event was taken. */
  endedAtMs: number | undefined
}

interface WaitingLot {
  readonly answerId: string
  readonly events: readonly SequencedEvent[]
  readonly taken: () => void
}

function createGroupFeed(group: LiveGroup, options: GroupFeedOptions) {
  const { log, answers, conversations, arrivals, clock, after, signal } = options
  const members = new Map<string, Member>()
  const tasks = new Set<Promise<void>>()
  const waiting: WaitingLot[] = []
  let sinceMs = after?.sinceMs ?? clock.now()
  let shouldLook = true
  let failure: { readonly error: unknown } | undefined
  let sign = Promise.withResolvers<void>()

  function wake(): void {
    const reached = sign
    sign = Promise.withResolvers()
    reached.resolve()
  }

  function lookSoon(): void {
    shouldLook = true
    wake()
  }

  async function look(): Promise<void> {
    shouldLook = false
    const lookedAtMs = clock.now()
    const openSinceMs = sinceMs - lookBackMs
    const records = await answers.list({ ...group, openSinceMs, limit: mostListed })
    for (const record of records.toReversed()) {
      const member = members.get(record.id)
      if (!member) start(record, 0)
      // One that has ended is open again: it failed, and is tried once more.
      else if (member.endedAtMs && !record.finishedAtMs) start(record, member.seq)
    }
    if (members.size > maxAnswersInCursor) throw tooManyAnswers(group)
    sinceMs = lookedAtMs
    for (const [answerId, { endedAtMs }] of members) {
      if (endedAtMs !== undefined && endedAtMs < sinceMs - 2 * lookBackMs) members.delete(answerId)
    }
  }

  /** Goes on with those of the cursor that are of this group; it may have been slow with an old one. */
  async function goOn(seqs: ReadonlyMap<string, number>): Promise<void> {
    const records = await Promise.all([...seqs.keys()].map((answerId) => answers.get(answerId)))
    for (const record of records) {
      if (record && (await isOfGroup(record))) start(record, seqs.get(record.id) ?? 0)
    }
  }

  async function isOfGroup({ conversationId, pipeline }: AnswerRecord): Promise<boolean> {
    if ('pipeline' in group) return pipeline === group.pipeline
    if (conversationId === undefined) return false
    if ('conversationId' in group) return conversationId === group.conversationId
    return (await conversations.ownerOf(conversationId)) === group.userId
  }

  function start({ id, finishedAtMs }: AnswerRecord, seq: number): void {
    const member: Member = { seq, endedAtMs: undefined }
    members.set(id, member)
    const task = feedFrom(id, member)
      .then(() => {
        member.endedAtMs = finishedAtMs ?? clock.now()
      })
      .catch((error: unknown) => {
        failure ??= { error }
        wake()
      })
      .finally(() => tasks.delete(task))
    tasks.add(task)
  }

  async function feedFrom(answerId: string, member: Member): Promise<void> {
    for await (const events of log.subscribe(answerId, { afterSeq: member.seq, signal })) {
      const { promise, resolve: taken } = Promise.withResolvers<void>()
      waiting.push({ answerId, events, taken })
      wake()
      await untilAborted(promise, signal)
    }
  }

  function lotOf({ answerId, events }: Omit<WaitingLot, 'taken'>): GroupLot {
    const seqs = new Map([...members].map(([id, { seq }]) => [id, seq]))
    seqs.delete(answerId)
    const others = formatGroupCursor({ sinceMs, seqs })
    const last = events.at(-1)
    const member = members.get(answerId)
    if (member && last) member.seq = last.seq
    return {
      answerId,
      events,
      cursorAfter: (seq) => (answerId === '' ? others : `${others}~${formatPlace(answerId, seq)}`),
    }
  }

  const stopArrivals = arrivals.onArrival(group, lookSoon)
  const stopLooking = every(clock, lookEveryMs, lookSoon)

  return {
    /** Looks for the first time; the lot has no events, and the cursor that the group begins with. */
    async begin(): Promise<GroupLot> {
      signal.throwIfAborted()
      // Before the look nobody is a member: the cursor is the one that was given, or now.
      const cursor = formatGroupCursor({ sinceMs, seqs: after?.seqs ?? new Map() })
      await untilAborted(goOn(after?.seqs ?? new Map()), signal)
      await untilAborted(look(), signal)
      return { answerId: '', events: [], cursorAfter: () => cursor }
    },
    async next(): Promise<GroupLot> {
      for (;;) {
        signal.throwIfAborted()
        if (failure) throw failure.error
        if (shouldLook) await untilAborted(look(), signal)
        const lot = waiting.shift()
        if (lot) {
          lot.taken()
          return lotOf(lot)
        }
        if (!shouldLook && !failure) await untilAborted(sign.promise, signal)
      }
    },
    async close(): Promise<void> {
      stopArrivals()
      stopLooking()
      await Promise.all(tasks)
    },
  }
}

/** One more than can be followed shows that there are too many. */
const mostListed = maxAnswersInCursor + 1

function tooManyAnswers(group: LiveGroup): HoldfastError<'OVERLOADED'> {
  return new HoldfastError(
    'OVERLOADED',
    `More than ${maxAnswersInCursor} answers of ${describeTarget(group)} are open or have just ended. Follow them one by one, or begin anew when fewer are.`,
    { retryAfterMs: lookBackMs },
  )
}
