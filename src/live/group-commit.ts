import type { Clock } from '../base/clock.ts'
import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import { type AnswerEvent, isLastEvent } from '../model/answer-event.ts'
import type { AppendOutcome, EventBatch, EventStore, SequencedEvent } from '../store/event-store.ts'
import { addMerged } from './merge-deltas.ts'

/**
 * One commit for what all answers of the process have to write.
 *
 * A commit per token collapses under load, and a token that waits is late. So the first event after
 * a pause is written at once, and what comes within `groupCommitMs` of the start of a commit, or
 * while one is under way, goes with the next one. An append that failed is not tried again: whether
 * it was written is not known, and a second one would double the tokens. Its writers fail instead,
 * and the run that comes after them begins with a reset.
 */
export interface GroupCommit {
  writer(answerId: string, run: number): EventWriter
  /** Takes nothing more and resolves when all that was taken is settled. */
  close(): Promise<void>
}

/**
 * Writes the events of one run of one answer, in order.
 *
 * Once a write has failed, every later call fails with the same error: STALE_RUN when a newer run has
 * taken the answer over, else what the store threw. A run that learns it stops.
 */
export interface EventWriter {
  /**
   * Takes the event; it is written within the group commit and only then delivered. Returns a promise
   * when this writer is so far ahead of the store that it should wait: it resolves when there is room
   * again and never rejects. Throws what an earlier write failed with.
   */
  append(event: AnswerEvent): undefined | Promise<void>
  /** Resolves when all that was appended so far is durable; rejects if it was not written. */
  flush(): Promise<void>
  /** Takes nothing more, and flushes. */
  close(): Promise<void>
}

export interface GroupCommitOptions {
  readonly store: EventStore
  readonly clock: Clock
  readonly groupCommitMs: number
  /** Events one writer may have unwritten before `append` asks it to wait. */
  readonly writerRoom: number
  /** Told what is being written and what was, before the writers learn it. */
  readonly delivery: Delivery
}

export interface Delivery {
  writing(answerId: string): void
  /** Follows each `writing`, with no events when they were refused. */
  written(answerId: string, events: readonly SequencedEvent[]): void
}

interface LaneState {
  readonly answerId: string
  readonly run: number
  /** Not yet handed to the store, deltas merged. */
  pending: AnswerEvent[]
  /** Events taken and events settled, before merging: their difference is the backlog. */
  taken: number
  settled: number
  ended: boolean
  failure: { readonly error: unknown } | undefined
}

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { store, clock, groupCommitMs, writerRoom, delivery } = options
  const waiting = new Set<LaneState>()
  let closed = false
  let committing = false
  let scheduled = false
  let lastCommitMs = Number.NEGATIVE_INFINITY
  /** Resolves when the next commit is settled, well or not. */
  let cycle = Promise.withResolvers<void>()

  function schedule(): void {
    if (scheduled || committing || waiting.size === 0) return
    scheduled = true
    const waitMs = lastCommitMs + groupCommitMs - clock.now()
    if (waitMs > 0) clock.setTimer(waitMs, commit)
    else queueMicrotask(commit)
  }

  async function commit(): Promise<void> {
    scheduled = false
    committing = true
    lastCommitMs = clock.now()
    const lanes = [...waiting]
    const batches = lanes.map(takeBatch)
    const takenSoFar = lanes.map((lane) => lane.taken)
    waiting.clear()
    for (const { answerId } of lanes) delivery.writing(answerId)
    const results = await appendAll(store, batches)
    for (const [index, lane] of lanes.entries()) {
      const batch = batches[index]
      const result = results[index]
      if (batch && result) settleBatch(lane, batch, result)
    }
    for (const [index, lane] of lanes.entries()) lane.settled = takenSoFar[index] ?? lane.taken
    committing = false
    const settled = cycle
    cycle = Promise.withResolvers()
    settled.resolve()
    schedule()
  }

  function settleBatch(lane: LaneState, batch: EventBatch, result: BatchResult): void {
    delivery.written(lane.answerId, writtenEvents(batch, result))
    if ('error' in result) failLane(lane, result.error)
    else if (!result.ok) failLane(lane, staleRun(lane, result.currentRun))
  }

  function failLane(lane: LaneState, error: unknown): void {
    lane.failure ??= { error }
    lane.pending = []
    waiting.delete(lane)
  }

  async function settledUpTo(lane: LaneState, count: number): Promise<void> {
    while (lane.settled < count && !lane.failure) await cycle.promise
  }

  function writer(answerId: string, run: number): EventWriter {
    const state: LaneState = {
      answerId,
      run,
      pending: [],
      taken: 0,
      settled: 0,
      ended: false,
      failure: undefined,
    }
    const flush = async () => {
      await settledUpTo(state, state.taken)
      if (state.failure) throw state.failure.error
    }
    return {
      flush,
      append(event) {
        if (state.failure) throw state.failure.error
        if (state.ended || closed) throw writeAfterEnd(answerId, event)
        state.ended = isLastEvent(event)
        state.taken++
        addMerged(state.pending, event)
        waiting.add(state)
        schedule()
        if (state.taken - state.settled < writerRoom) return undefined
        return settledUpTo(state, state.taken - writerRoom + 1)
      },
      close() {
        state.ended = true
        return flush()
      },
    }
  }

  return {
    writer,
    async close() {
      closed = true
      while (waiting.size > 0 || committing) await cycle.promise
    },
  }
}

function takeBatch(lane: LaneState): EventBatch {
  const events = lane.pending
  lane.pending = []
  return { answerId: lane.answerId, run: lane.run, events }
}

type BatchResult = AppendOutcome | { readonly error: unknown }

/** Never rejects: what the store throws becomes the result of each batch that it concerns. */
async function appendAll(
  store: EventStore,
  batches: readonly EventBatch[],
): Promise<readonly BatchResult[]> {
  try {
    return await store.append(batches)
  } catch (error) {
    if (batches.length === 1 || !isHoldfastError(error, 'INVALID_INPUT')) {
      return batches.map(() => ({ error }))
    }
    const results: BatchResult[] = []
    for (const batch of batches) results.push(...(await appendAll(store, [batch])))
    return results
  }
}

function writtenEvents(batch: EventBatch, result: BatchResult): readonly SequencedEvent[] {
  if ('error' in result || !result.ok) return []
  const { lastSeq, atMs } = result
  const firstSeq = lastSeq - batch.events.length + 1
  return batch.events.map((event, index) => ({ seq: firstSeq + index, atMs, event }))
}

function staleRun(lane: LaneState, current: number): HoldfastError<'STALE_RUN'> {
  return new HoldfastError(
    'STALE_RUN',
    `Run ${lane.run} of answer ${lane.answerId} may not write any more: run ${current} has taken the answer over. Stop this run; its events are refused.`,
    { answerId: lane.answerId, run: lane.run, current },
  )
}

function writeAfterEnd(answerId: string, event: AnswerEvent): TypeError {
  return new TypeError(
    `A ${event.type} event was appended to answer ${answerId} after its last event, or after its writer was closed. Append nothing after answer-finished or answer-failed.`,
  )
}
