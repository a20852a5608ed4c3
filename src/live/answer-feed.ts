import { untilAborted } from '../base/abort.ts'
import { HoldfastError } from '../base/errors.ts'
import { isLastEvent } from '../model/answer-event.ts'
import { type EventStore, firstSeqOf, type SequencedEvent } from '../store/event-store.ts'
import { unknownCursor } from './cursor.ts'

/**
 * What the readers of one answer in this process share: the recent end of its log.
 *
 * The difficulty is the seam between what was written before a reader came and what is written
 * while it reads: a naive hand-over loses events or brings them twice. Here nothing is pushed into
 * readers. Each has a cursor and asks for what comes after it; the feed answers from the tail that
 * it holds, else from the log, else waits. So a slow reader costs no memory and delays nobody, and
 * readers that stand at the same place share one read.
 *
 * Invariants:
 * 1. `tail` holds consecutive entries of the log and ends at `last`.
 * 2. A commit of this process enters the tail only if it follows `last` directly; anything else says
 *    that another process has written: `reach` rises, and the log is read after `last`.
 * 3. A reader waits only at `last`, while `reach` is not beyond it or this process is writing. What
 *    raises `reach` wakes all, as does the end of a write: what it brings need not be read.
 * 4. Nothing after the first last event of an answer is handed out.
 */
export interface AnswerFeed {
  /** The next events after the cursor, never empty; undefined when nothing follows. */
  next(cursor: number, signal?: AbortSignal): Promise<readonly SequencedEvent[] | undefined>
  /** This process begins to write to the log of the answer. */
  writing(): void
  /** It has written these events; none when it was refused. */
  written(events: readonly SequencedEvent[]): void
  /** The log has grown, whoever wrote it; up to `lastSeq` if that is known. */
  grown(lastSeq?: number): void
  /** Rejects what the readers wait for, now and later. */
  close(): void
}

export interface AnswerFeedOptions {
  readonly store: Pick<EventStore, 'read'>
  /** Events handed out at once, and read at once. */
  readonly pageSize: number
  /** Recent events kept in memory for the readers of an answer. */
  readonly tailSize: number
}

/** `last` before the log has been read for the first time. */
const unread = -1

export function createAnswerFeed(answerId: string, options: AnswerFeedOptions): AnswerFeed {
  const { store, pageSize, tailSize } = options
  const reads = new Map<number, Promise<Page>>()
  let tail: SequencedEvent[] = []
  let last = unread
  let ended = false
  /** How far the log is known to go; infinite when it goes on by an unknown number. */
  let reach = 0
  /** Counts the signs of growth, so that one that comes during a read is not taken for answered by it. */
  let signs = 0
  let isWriting = false
  let closed = false
  let growth = Promise.withResolvers<void>()

  function wake(): void {
    const reached = growth
    growth = Promise.withResolvers()
    reached.resolve()
  }

  function readAfter(seq: number): Promise<Page> {
    const underWay = reads.get(seq)
    if (underWay) return underWay
    const read = readPage(seq).finally(() => reads.delete(seq))
    reads.set(seq, read)
    return read
  }

  async function readPage(seq: number): Promise<Page> {
    const signsBefore = signs
    const events = await store.read(answerId, seq, pageSize)
    return { events: upToLastEvent(events), isFull: events.length >= pageSize, signsBefore }
  }

  /** Called when the tail ends with what a read has brought. */
  function updateReach(page: Page): void {
    if (page.isFull) reach = Number.POSITIVE_INFINITY
    else if (page.signsBefore === signs) reach = last
  }

  function extend(events: readonly SequencedEvent[]): void {
    const newer = events.filter((event) => event.seq > last)
    const newest = newer.at(-1)
    if (!newest || ended) return
    tail.push(...newer)
    last = newest.seq
    ended = isLastEvent(newest.event)
    // Cut in steps: one cut per event would move the whole array each time.
    if (tail.length > tailSize * 2) tail = tail.slice(-tailSize)
    wake()
  }

  /** Reads what follows the tail; the readers that stand at `last` share it. */
  async function readOn(): Promise<void> {
    const page = await readAfter(last)
    extend(page.events)
    updateReach(page)
  }

  /**
   * Moves the tail to a reader that is ahead of it. The entry at the cursor is read too: it shows
   * that the cursor is one of this log, and whether it is the end.
   */
  async function moveTo(cursor: number): Promise<void> {
    const page = await readAfter(Math.max(0, cursor - 1))
    if (cursor <= last) return
    const newest = page.events.at(-1)
    if (cursor > 0 && !newest) throw unknownCursor(answerId, cursor)
    tail = [...page.events]
    last = newest?.seq ?? 0
    ended = newest !== undefined && isLastEvent(newest.event)
    updateReach(page)
    wake()
  }

  function fromTail(cursor: number): readonly SequencedEvent[] | undefined {
    const oldest = tail[0]
    if (!oldest || cursor < firstSeqOf(oldest) - 1 || cursor >= last) return undefined
    const start = tail.findLastIndex((event) => event.seq <= cursor) + 1
    const next = tail[start]
    // An entry that stands for several is cut by the log where the cursor is one of them.
    if (next && firstSeqOf(next) <= cursor) return undefined
    return tail.slice(start, start + pageSize)
  }

  async function fromLog(cursor: number): Promise<readonly SequencedEvent[]> {
    const { events } = await readAfter(cursor)
    if (events.length === 0) throw unknownCursor(answerId, cursor)
    return events
  }

  async function next(cursor: number, signal?: AbortSignal) {
    const orAborted = <T>(work: Promise<T>) => (signal ? untilAborted(work, signal) : work)
    for (;;) {
      signal?.throwIfAborted()
      if (closed) throw logClosed()
      const held = fromTail(cursor)
      if (held) return held
      if (cursor > last) await orAborted(moveTo(cursor))
      else if (cursor < last) return await orAborted(fromLog(cursor))
      else if (ended) return undefined
      else if (reach > last && !isWriting) await orAborted(readOn())
      else await orAborted(growth.promise)
    }
  }

  function grown(lastSeq = Number.POSITIVE_INFINITY): void {
    if (ended || lastSeq <= last) return
    signs++
    reach = Math.max(reach, lastSeq)
    if (!isWriting) wake()
  }

  function written(events: readonly SequencedEvent[]): void {
    isWriting = false
    const first = events[0]
    if (first && last !== unread && first.seq <= last + 1) extend(upToLastEvent(events))
    else if (first) grown(events.at(-1)?.seq)
    if (reach > last) wake()
  }

  function writing(): void {
    isWriting = true
  }

  function close(): void {
    closed = true
    wake()
  }

  return { next, writing, written, grown, close }
}

interface Page {
  readonly events: readonly SequencedEvent[]
  /** Whether more may follow. */
  readonly isFull: boolean
  /** The count of signs of growth when it was read. */
  readonly signsBefore: number
}

function upToLastEvent(events: readonly SequencedEvent[]): readonly SequencedEvent[] {
  const end = events.findIndex((each) => isLastEvent(each.event))
  return end === -1 ? events : events.slice(0, end + 1)
}

function logClosed(): HoldfastError<'STORE_UNAVAILABLE'> {
  return new HoldfastError(
    'STORE_UNAVAILABLE',
    'The event log of this process is closed, as it is when a server stops. Follow the answer again from the last event received.',
    { location: 'event log' },
  )
}
