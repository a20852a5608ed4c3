/**
 * The event log of a database whose schema is up to date.
 *
 * Batches of different answers are appended in one statement: it moves their heads, which locks them
 * until the commit, and stores the events under the numbers so gained. Heads are locked in the order of
 * their ids, so that two such statements never wait for each other. A batch of a run that a newer one
 * has replaced moves no head, and stores nothing.
 */
import type { Clock } from '../../base/clock.ts'
import { type AppendOutcome, type EventStore, firstSeqOf } from '../event-store.ts'
import { checkCount, defaultReadLimit } from '../shared/check-options.ts'
import {
  type EncodedBatch,
  encodeBatch,
  encodeMerged,
  readEventRow,
  takenBack,
} from '../shared/event-rows.ts'
import type { Database, Statements } from './database.ts'
import { type LogHead, readHeads } from './event-fence.ts'
import type { GrowthWatch } from './growth-watch.ts'
import { inRounds, type Placed } from './in-rounds.ts'

/** `watch` tells of the growth of the logs, here and in other processes. */
export function createEvents(database: Database, clock: Clock, watch: GrowthWatch): EventStore {
  return {
    async append(batches) {
      const encoded = batches.map(encodeBatch)
      const rounds = inRounds(encoded, (batch) => batch.answerId)
      const atMs = clock.now()
      const [first = [], ...more] = rounds
      // One round is one statement, which is a transaction by itself.
      const outcomes =
        more.length === 0
          ? await appendRound(database, first, atMs)
          : await database.write((statements) => appendRounds(statements, rounds, atMs))
      for (const [place, outcome] of outcomes) {
        const batch = encoded[place]
        if (batch && batch.events.length > 0 && outcome.ok) {
          watch.announce({ answerId: batch.answerId, lastSeq: outcome.lastSeq })
        }
      }
      return outcomes.toSorted(([one], [other]) => one - other).map(([, outcome]) => outcome)
    },

    async reopen(answerId) {
      // What ends as a failure grows no more until this is done, so that no lock is needed.
      const last = await database.get(
        `SELECT seq, at_ms, event FROM holdfast.events WHERE answer_id = $1
         ORDER BY seq DESC LIMIT 1`,
        [answerId],
        readEventRow,
      )
      if (last?.event.type !== 'answer-failed') return
      await database.run(
        'UPDATE holdfast.events SET event = $3 WHERE answer_id = $1 AND seq = $2',
        [answerId, last.seq, takenBack],
      )
    },

    async compact(answerId, merged) {
      if (merged.length === 0) return
      await database.run(
        `WITH merged AS (
           SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::text[])
             AS merged (first_seq, last_seq, event)
         ), gone AS (
           DELETE FROM holdfast.events USING merged
           WHERE answer_id = $1 AND seq >= first_seq AND seq < last_seq
         )
         UPDATE holdfast.events SET event = merged.event FROM merged
         WHERE answer_id = $1 AND seq = last_seq`,
        [answerId, merged.map(firstSeqOf), merged.map(({ seq }) => seq), merged.map(encodeMerged)],
      )
    },

    async read(answerId, afterSeq, limit = defaultReadLimit) {
      return database.all(
        `SELECT seq, at_ms, event FROM holdfast.events WHERE answer_id = $1 AND seq > $2
         ORDER BY seq LIMIT $3`,
        [answerId, checkCount('afterSeq', afterSeq), checkCount('limit', limit)],
        (row) => readEventRow(row, afterSeq),
      )
    },

    async announce(answerId) {
      // The transaction of the head counts as one that has grown it, for those who cannot hear.
      const lastSeq = await database.one(
        `INSERT INTO holdfast.event_logs AS head (answer_id, run, last_seq, grown)
         VALUES ($1, 0, 0, pg_current_xact_id())
         ON CONFLICT (answer_id) DO UPDATE SET grown = excluded.grown
         RETURNING last_seq`,
        [answerId],
        (row) => row.number('last_seq'),
      )
      watch.announce({ answerId, lastSeq })
    },

    watch: (onGrowth) => watch.watch(onGrowth),
  }
}

type PlacedOutcome = readonly [place: number, outcome: AppendOutcome]

async function appendRounds(
  statements: Statements,
  rounds: readonly Placed<EncodedBatch>[][],
  atMs: number,
): Promise<readonly PlacedOutcome[]> {
  const outcomes: PlacedOutcome[] = []
  for (const round of rounds) outcomes.push(...(await appendRound(statements, round, atMs)))
  return outcomes
}

/** Appends at the most one batch of each answer. */
async function appendRound(
  statements: Statements,
  round: readonly Placed<EncodedBatch>[],
  atMs: number,
): Promise<readonly PlacedOutcome[]> {
  const batches = round.map(({ item }) => item)
  const written = await writeBatches(
    statements,
    batches.filter(({ events }) => events.length > 0),
    atMs,
  )
  const others = await readHeads(
    statements,
    batches.map(({ answerId }) => answerId).filter((answerId) => !written.has(answerId)),
  )
  return round.map(({ place, item: { answerId, run } }) => {
    const lastSeq = written.get(answerId)
    if (lastSeq !== undefined) return [place, { ok: true, lastSeq, atMs }]
    return [place, unwrittenOutcome(others.get(answerId), run, atMs)]
  })
}

/** Of a batch that was refused, or that had nothing to write. */
function unwrittenOutcome(head: LogHead | undefined, run: number, atMs: number): AppendOutcome {
  if (head && run < head.run) return { ok: false, currentRun: head.run }
  return { ok: true, lastSeq: head?.lastSeq ?? 0, atMs }
}

/** `back` counts the events of a batch from its end, since the head has its last number by then. */
const writeSql = `
  WITH batch AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS batch (answer_id, run, length)
  ), head AS (
    INSERT INTO holdfast.event_logs AS head (answer_id, run, last_seq, grown)
    SELECT answer_id, run, length, pg_current_xact_id() FROM batch ORDER BY answer_id
    ON CONFLICT (answer_id) DO UPDATE SET run = excluded.run,
      last_seq = head.last_seq + excluded.last_seq, grown = excluded.grown
    WHERE head.run <= excluded.run
    RETURNING answer_id, last_seq
  ), stored AS (
    INSERT INTO holdfast.events (answer_id, seq, at_ms, event)
    SELECT head.answer_id, last_seq - back, $4, event
    FROM unnest($5::text[], $6::bigint[], $7::text[]) AS event (answer_id, back, event)
      JOIN head ON head.answer_id = event.answer_id
  )
  SELECT answer_id, last_seq FROM head`

/** Returns the last number of each answer that was written. */
async function writeBatches(
  statements: Statements,
  batches: readonly EncodedBatch[],
  atMs: number,
): Promise<ReadonlyMap<string, number>> {
  if (batches.length === 0) return new Map()
  const events = batches.flatMap(({ answerId, events }) =>
    events.map((event, index) => ({ answerId, back: events.length - 1 - index, event })),
  )
  const heads = await statements.all(
    writeSql,
    [
      batches.map(({ answerId }) => answerId),
      batches.map(({ run }) => run),
      batches.map((batch) => batch.events.length),
      atMs,
      events.map(({ answerId }) => answerId),
      events.map(({ back }) => back),
      events.map(({ event }) => event),
    ],
    (row) => [row.text('answer_id'), row.number('last_seq')] as const,
  )
  return new Map(heads)
}
