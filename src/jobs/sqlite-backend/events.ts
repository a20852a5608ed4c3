import type { Database } from './database.ts'
import type { QueueState } from './queue-state.ts'

/**
 * The stream that `QueueEvents` reads. An event's id is `<ms>-<n>` as on Redis; n counts the queue's
 * events without ever starting over, so n alone is the cursor for whoever got an id from here. The
 * stream is capped: when it passes a round hundred, what is beyond `maxEvents` is cut off.
 */

const trimEvery = 100

/** How many events one read returns at most. */
const batchSize = 500

export interface StoredEvent {
  readonly id: string
  readonly seq: number
  /** Field, value, field, value, … */
  readonly fields: string[]
}

/** Writes the events that a transaction has noted. */
export function flushEvents(database: Database, queue: QueueState, now: number): void {
  if (queue.newEvents.length === 0) return
  const maxEvents = queue.maxEvents
  const before = queue.lastEvent
  for (const fields of queue.newEvents) appendEvent(database, queue, fields, now)
  queue.newEvents.length = 0
  if (Math.floor(before / trimEvery) !== Math.floor(queue.lastEvent / trimEvery)) {
    trimEvents(database, queue, maxEvents)
  }
}

/** Appends one event and returns its id. */
export function appendEvent(
  database: Database,
  queue: QueueState,
  fields: readonly string[],
  now: number,
): string {
  queue.lastEvent += 1
  // A clock that is set back must not make a later event look older.
  queue.lastEventAt = Math.max(queue.lastEventAt, now)
  database.run(
    'INSERT INTO bullmq_event (queue, seq, at, fields) VALUES (?, ?, ?, ?)',
    queue.id,
    queue.lastEvent,
    queue.lastEventAt,
    JSON.stringify(fields),
  )
  return `${queue.lastEventAt}-${queue.lastEvent}`
}

/** Cuts the stream down to its newest `maxEvents`; returns how many went. */
export function trimEvents(database: Database, queue: QueueState, maxEvents: number): number {
  const sql = 'DELETE FROM bullmq_event WHERE queue = ? AND seq <= ?'
  return database.run(sql, queue.id, queue.lastEvent - maxEvents)
}

export function removeAllEvents(database: Database, queue: QueueState): void {
  database.run('DELETE FROM bullmq_event WHERE queue = ?', queue.id)
}

/** The events after number `seq`, oldest first. */
export function readEventsAfter(database: Database, queueId: number, seq: number): StoredEvent[] {
  const sql =
    'SELECT seq, at, fields FROM bullmq_event WHERE queue = ? AND seq > ? ORDER BY seq LIMIT ?'
  return database
    .all<{ seq: number; at: number; fields: string }>(sql, queueId, seq, batchSize)
    .map((row) => ({ id: `${row.at}-${row.seq}`, seq: row.seq, fields: JSON.parse(row.fields) }))
}

/**
 * The number of the last event that is not after `id`. Takes any id that Redis would take: `0`, a
 * bare time in ms, and ids of events that are long cut off.
 */
export function sequenceOf(database: Database, queueId: number, id: string): number {
  const [at = 0, n = 0] = id.split('-').map(Number)
  const sql = `SELECT seq FROM bullmq_event WHERE queue = ? AND (at < ? OR (at = ? AND seq <= ?))
    ORDER BY seq DESC LIMIT 1`
  return database.get<{ seq: number }>(sql, queueId, at, at, n)?.seq ?? 0
}
