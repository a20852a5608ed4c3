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
  /** Events with `seq` greater than `afterSeq`, oldest first, at most `limit` (default 1,000). */
  read(answerId: string, afterSeq: number, limit?: number): Promise<readonly SequencedEvent[]>
  /** Has the watchers of all processes look at an answer that has no events yet: it was just accepted. */
  announce(answerId: string): Promise<void>
  /**
   * Calls back with the id of each answer whose log has grown, or that was announced, whichever
   * process did so, and returns how to stop. It is a hint to read again: it may come twice or for nothing, but not be left out for
   * longer than a second. `lastSeq` says how far the log has grown where that is known at no cost, so
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
}
