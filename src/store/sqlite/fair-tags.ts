/** The start tags of waiting answers, which order tenants in turn; see `AnswerRecord.startTag`. */
import type { AnswerRequest } from '../answer-store.ts'
import { laneOf } from '../shared/answer-rules.ts'
import type { Database } from './database.ts'

/** How far the clock of a priority has come; 0 before its first answer was begun. */
export function readClock(database: Database, priority: number): number {
  const clock = database.get(
    'SELECT clock FROM fair_clocks WHERE priority = ?',
    [priority],
    (row) => row.number('clock'),
  )
  return clock ?? 0
}

/** The clock goes on to the tag of an answer that is begun; it never goes back. */
export function advanceClock(database: Database, priority: number, startTag: number): void {
  database.run(
    `INSERT INTO fair_clocks (priority, clock) VALUES (?, ?)
     ON CONFLICT (priority) DO UPDATE SET clock = max(clock, excluded.clock)`,
    [priority, startTag],
  )
}

/** Gives the request the next tag of its tenant. */
export function takeTag(
  database: Database,
  request: AnswerRequest,
): { readonly startTag: number; readonly clock: number } {
  const [priority, tenant] = laneOf(request)
  const clock = readClock(database, priority)
  const next = database.get(
    'SELECT next_tag FROM tenant_tags WHERE priority = ? AND tenant = ?',
    [priority, tenant],
    (row) => row.number('next_tag'),
  )
  const startTag = Math.max(clock, next ?? 0)
  database.run(
    `INSERT INTO tenant_tags (priority, tenant, next_tag) VALUES (?, ?, ?)
     ON CONFLICT (priority, tenant) DO UPDATE SET next_tag = excluded.next_tag`,
    [priority, tenant, startTag + 1],
  )
  return { startTag, clock }
}

/** An answer that is cancelled before it was begun takes no turn of its tenant. */
export function giveTagBack(database: Database, request: AnswerRequest): void {
  database.run(
    'UPDATE tenant_tags SET next_tag = max(next_tag - 1, 0) WHERE priority = ? AND tenant = ?',
    laneOf(request),
  )
}
