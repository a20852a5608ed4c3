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
import type { Database } from './database.ts'
import { type LogGrowth, markGrown, readHead, readLastGrowth, writeHead } from './event-fence.ts'
import type { GrowthWatch } from './growth-watch.ts'

/** The event log of a database whose schema is up to date. `watch` tells of its growth. */
export function createEvents(database: Database, clock: Clock, watch: GrowthWatch): EventStore {
  return {
    async append(batches) {
      const encoded = batches.map(encodeBatch)
      const grown: LogGrowth[] = []
      const outcomes = database.write(() => {
        const atMs = clock.now()
        let growth = readLastGrowth(database)
        return encoded.map((batch) => {
          const outcome = appendBatch(database, batch, atMs, growth + 1)
          if (outcome.ok && batch.events.length > 0) {
            growth += 1
            grown.push({ answerId: batch.answerId, lastSeq: outcome.lastSeq, growth })
          }
          return outcome
        })
      })
      watch.announce(grown)
      return outcomes
    },

    async reopen(answerId) {
      database.write(() => {
        const lastSeq = readHead(database, answerId)?.lastSeq ?? 0
        const last = database.get(
          'SELECT seq, at_ms, event FROM events WHERE answer_id = ? AND seq = ?',
          [answerId, lastSeq],
          readEventRow,
        )
        if (last?.event.type !== 'answer-failed') return
        database.run('UPDATE events SET event = ? WHERE answer_id = ? AND seq = ?', [
          takenBack,
          answerId,
          lastSeq,
        ])
      })
    },

    async compact(answerId, merged) {
      const texts = merged.map(encodeMerged)
      database.write(() => {
        for (const [index, entry] of merged.entries()) {
          database.run('DELETE FROM events WHERE answer_id = ? AND seq >= ? AND seq < ?', [
            answerId,
            firstSeqOf(entry),
            entry.seq,
          ])
          // A log that was deleted meanwhile stays so.
          database.run('UPDATE events SET event = ? WHERE answer_id = ? AND seq = ?', [
            texts[index] ?? '',
            answerId,
            entry.seq,
          ])
        }
      })
    },

    async read(answerId, afterSeq, limit = defaultReadLimit) {
      return database.all(
        `SELECT seq, at_ms, event FROM events WHERE answer_id = ? AND seq > ?
         ORDER BY seq LIMIT ?`,
        [answerId, checkCount('afterSeq', afterSeq), checkCount('limit', limit)],
        (row) => readEventRow(row, afterSeq),
      )
    },

    async announce(answerId) {
      watch.announce([database.write(() => markGrown(database, answerId))])
    },

    watch: (onGrowth) => watch.watch(onGrowth),
  }
}

/** A batch of an old run is refused by its outcome and not by an error: the others of the commit stand. */
function appendBatch(
  database: Database,
  batch: EncodedBatch,
  atMs: number,
  growth: number,
): AppendOutcome {
  const { answerId, run, events } = batch
  const head = readHead(database, answerId)
  if (head && run < head.run) return { ok: false, currentRun: head.run }
  let lastSeq = head?.lastSeq ?? 0
  if (events.length === 0) return { ok: true, lastSeq, atMs }
  for (const event of events) {
    lastSeq += 1
    database.run('INSERT INTO events (answer_id, seq, at_ms, event) VALUES (?, ?, ?, ?)', [
      answerId,
      lastSeq,
      atMs,
      event,
    ])
  }
  writeHead(database, { answerId, run, lastSeq, growth })
  return { ok: true, lastSeq, atMs }
}
