import type { Clock } from '../base/clock.ts'
import { invalidConfig } from '../base/errors.ts'
import type { Telemetry } from '../base/telemetry-port.ts'
import { isLastEvent } from '../model/answer-event.ts'
import type { EventStore, SequencedEvent } from '../store/event-store.ts'
import { type AnswerFeed, createAnswerFeed } from './answer-feed.ts'
import { createCompaction } from './compaction.ts'
import { invalidCursor, isCursor, unknownCursor } from './cursor.ts'
import { createGroupCommit, type EventWriter } from './group-commit.ts'

/** The events of all answers: written before they are delivered, and read from any place in order. */
export interface EventLog {
  /**
   * Opens the way in for one run of an answer. The first event that a newer run has written shuts out
   * the older ones, in whichever process they are.
   */
  writer(answerId: string, run: number): EventWriter
  /**
   * The events after `afterSeq` (default 0: all), in lots: first those that are in the log, then new
   * ones as they are written, by this process or another; never a gap, never one twice. Ends by itself
   * after the last event and never before. A reader that is slow is fed from the log at its own pace.
   * To leave while it waits, abort the signal: it then rejects with the signal's reason.
   *
   * @throws NOT_FOUND when the log holds no event `afterSeq`; STORE_UNAVAILABLE when the log is closed.
   */
  subscribe(answerId: string, options?: SubscribeOptions): AsyncIterable<readonly SequencedEvent[]>
  /**
   * Whether the event `seq` is the last one of its answer, so that nothing follows.
   *
   * @throws NOT_FOUND when the log holds no event `seq`.
   */
  endsAt(answerId: string, seq: number): Promise<boolean>
  /** Writes what was appended, then rejects all subscriptions that have not ended. */
  close(): Promise<void>
}

export interface SubscribeOptions {
  readonly afterSeq?: number
  readonly signal?: AbortSignal
}

export interface EventLogOptions {
  readonly store: EventStore
  readonly clock: Clock
  /** Events of all answers that come within this time are written in one commit. Default 4 ms. */
  readonly groupCommitMs?: number
  /** Told of a log that could not be compacted, which does no harm. Default: silent. */
  readonly telemetry?: Telemetry
}

/** Less is a commit per token under load; more is seen by a reader of the stream. */
const defaultGroupCommitMs = 4
const longestGroupCommitMs = 1_000
/** About ten seconds of the fastest model: whoever is that far ahead of the disk has to wait for it. */
const writerRoom = 1_000
/** Some 25 kB of tokens: enough to catch up fast, little enough to hold for each reader. */
const pageSize = 256
/** Several seconds of a fast model, so that a reader that stutters needs no read. */
const tailSize = 512

/** Makes the event log of this process over a store that other processes may share. */
export function createEventLog(options: EventLogOptions): EventLog {
  const { store, clock, groupCommitMs = defaultGroupCommitMs } = options
  const compaction = createCompaction(store, options.telemetry)
  if (!(groupCommitMs >= 0 && groupCommitMs <= longestGroupCommitMs)) {
    throw invalidConfig('groupCommitMs', groupCommitMs, `0 to ${longestGroupCommitMs}`)
  }
  const feeds = createFeeds(store)
  const commits = createGroupCommit({
    store,
    clock,
    groupCommitMs,
    writerRoom,
    delivery: {
      writing: (answerId) => feeds.get(answerId)?.writing(),
      written(answerId, events) {
        feeds.get(answerId)?.written(events)
        const last = events.at(-1)
        if (last && isLastEvent(last.event)) compaction.begin(answerId)
      },
    },
  })

  async function* subscribe(answerId: string, options: SubscribeOptions = {}) {
    const { afterSeq = 0, signal } = options
    checkCursor(afterSeq)
    // The feed hears of growth from here on; only then is the log read.
    const feed = feeds.open(answerId)
    try {
      let cursor = afterSeq
      for (;;) {
        const events = await feed.next(cursor, signal)
        const newest = events?.at(-1)
        if (!events || !newest) return
        yield events
        cursor = newest.seq
      }
    } finally {
      feeds.release(answerId)
    }
  }

  return {
    writer: commits.writer,
    subscribe,
    async endsAt(answerId, seq) {
      checkCursor(seq)
      if (seq === 0) return false
      const [event] = await store.read(answerId, seq - 1, 1)
      if (!event) throw unknownCursor(answerId, seq)
      return isLastEvent(event.event)
    },
    async close() {
      await commits.close()
      feeds.close()
      await compaction.close()
    },
  }
}

/** The feeds of the answers that somebody reads, and the watch that runs while there are any. */
function createFeeds(store: EventStore) {
  const open = new Map<string, { readonly feed: AnswerFeed; readers: number }>()
  let stopWatching: (() => void) | undefined
  let closed = false
  return {
    get: (answerId: string) => open.get(answerId)?.feed,
    open(answerId: string): AnswerFeed {
      const entry = open.get(answerId) ?? {
        feed: createAnswerFeed(answerId, { store, pageSize, tailSize }),
        readers: 0,
      }
      if (closed) entry.feed.close()
      entry.readers++
      open.set(answerId, entry)
      stopWatching ??= store.watch((id, lastSeq) => open.get(id)?.feed.grown(lastSeq))
      return entry.feed
    },
    release(answerId: string): void {
      const entry = open.get(answerId)
      if (!entry || --entry.readers > 0) return
      open.delete(answerId)
      if (open.size > 0) return
      stopWatching?.()
      stopWatching = undefined
    },
    close(): void {
      closed = true
      for (const { feed } of open.values()) feed.close()
    },
  }
}

function checkCursor(seq: number): void {
  if (!isCursor(seq)) throw invalidCursor('afterSeq', seq)
}
