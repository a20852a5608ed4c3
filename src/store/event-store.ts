import type { AnswerEvent } from '../model/answer-event.ts'

/**
 * The append-only log of the events of each answer.
 *
 * Guarantees of every implementation: sequence numbers are +1 without a gap per answer, also across
 * runs; an append is all or nothing, durable once it resolves, and refused with STALE_RUN when a newer
 * run of the answer has written.
 */
export interface EventStore {
  /**
   * Appends batches of several answers in one commit and returns the last sequence number of each.
   * Throws INVALID_INPUT, before anything is written, for an event that is no JSON.
   */
  append(batches: readonly EventBatch[]): Promise<readonly AppendOutcome[]>
  /**
   * Takes back the failure with which the log of an answer ends, so that a later run may go on: the
   * `answer-failed` becomes a `reset` under the same number. Does nothing where the log ends otherwise.
   */
  reopen(answerId: string): Promise<void>
  /**
   * Puts entries that stand for several events, as `mergeEntries` makes them, in the place of those, which
   * must have been written. What `read` gives after any number says the same as before.
   */
  compact(answerId: string, merged: readonly SequencedEvent[]): Promise<void>
  /**
   * Events with `seq` greater than `afterSeq`, oldest first, at most `limit` (default 1,000). An entry
   * that stands for several is cut where `afterSeq` is one of them: what comes after that, exactly.
   */
  read(answerId: string, afterSeq: number, limit?: number): Promise<readonly SequencedEvent[]>
  /** Has the watchers of all processes look at an answer that has no events yet: it was just accepted. */
  announce(answerId: string): Promise<void>
  /**
   * Calls back with the id of each answer whose log has grown, or that was announced, whichever process
   * did so, and returns how to stop. It is a hint to read again: it may come twice or for nothing, but
   * not be left out for longer than a second. `lastSeq` says how far the log has grown where that is known at no cost, so
   * that whoever has those events already need not read.
   */
  watch(onGrowth: (answerId: string, lastSeq?: number) => void): () => void
}

export interface EventBatch {
  readonly answerId: string
  readonly run: number
  readonly events: readonly AnswerEvent[]
}

/** One batch can be refused while the others of the commit stand. */
export type AppendOutcome =
  | {
      readonly ok: true
      readonly lastSeq: number
      /** The time stamp that the events of the batch got: what is pushed now equals what is read later. */
      readonly atMs: number
    }
  | { readonly ok: false; readonly currentRun: number }

export interface SequencedEvent {
  /** From 1. */
  readonly seq: number
  readonly atMs: number
  readonly event: AnswerEvent
  /**
   * Where the entry stands for several deltas that followed one another: how long the text of each is, in
   * UTF-16 code units. `seq` is the number of the last.
   */
  readonly lengths?: readonly number[]
}

/** The number of the first event that an entry stands for. */
export function firstSeqOf({ seq, lengths }: SequencedEvent): number {
  return seq - (lengths?.length ?? 1) + 1
}
