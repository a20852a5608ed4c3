import type { NewPrecomputed, PrecomputedEntry, PrecomputedStore } from '../precomputed-store.ts'
import {
  acceptWithinMs,
  keepStepsMs,
  precomputedValues,
  readFollowingRow,
  readPrecomputedRow,
  readTallyRow,
} from '../shared/precomputed-rows.ts'
import type { Database } from './database.ts'

/** The answers made ahead, of a database whose schema is up to date. */
export function createPrecomputed(database: Database): PrecomputedStore {
  return {
    async begin(entry) {
      return database.write(() => {
        const known = findLive(database, entry)
        if (known) return { entry: known, created: false }
        database.run(
          `INSERT INTO precomputed (answer_id, pipeline, rule, key, conversation_id, made_at_ms,
             fresh_until_ms, stale_until_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          precomputedValues(entry),
        )
        return { entry: { ...entry, state: undefined }, created: true }
      })
    },

    async find(pipeline, key, nowMs) {
      return database.get(
        `SELECT p.*, a.state FROM precomputed p JOIN answers a ON a.id = p.answer_id
         WHERE p.pipeline = ? AND p.key = ? AND p.stale_until_ms > ?
           AND a.state IN ('waiting', 'active', 'completed')
         ORDER BY a.state = 'completed' DESC, p.made_at_ms DESC LIMIT 1`,
        [pipeline, key, nowMs],
        readPrecomputedRow,
      )
    },

    async settle(answerId, { tokens, costUsd }) {
      database.run('UPDATE precomputed SET tokens = ?, cost_usd = ? WHERE answer_id = ?', [
        tokens,
        costUsd ?? null,
        answerId,
      ])
    },

    async markUsed(answerId, savedMs) {
      database.run(
        'UPDATE precomputed SET uses = uses + 1, saved_ms = saved_ms + ? WHERE answer_id = ?',
        [savedMs, answerId],
      )
    },

    async tally({ pipeline, sinceMs, nowMs }) {
      return database.all(
        `SELECT rule, count(*) AS made,
           sum(uses > 0) AS used, sum(uses > 0 OR stale_until_ms <= ?1) AS decided,
           sum(coalesce(tokens, 0)) AS tokens_spent,
           sum(CASE WHEN uses > 0 THEN coalesce(tokens, 0) ELSE 0 END) AS tokens_used,
           sum(coalesce(cost_usd, 0)) AS cost_spent,
           sum(CASE WHEN uses > 0 THEN coalesce(cost_usd, 0) ELSE 0 END) AS cost_used,
           sum(saved_ms) AS saved_ms
         FROM precomputed WHERE pipeline = ?2 AND made_at_ms >= ?3 GROUP BY rule ORDER BY rule`,
        [nowMs, pipeline, sinceMs],
        readTallyRow,
      )
    },

    async noteStep({ pipeline, session, step, atMs }) {
      database.write(() => {
        const before = database.get(
          'SELECT step FROM session_steps WHERE pipeline = ? AND session = ?',
          [pipeline, session],
          (row) => row.text('step'),
        )
        if (before !== undefined && before !== step) {
          database.run(
            `INSERT INTO step_transitions (pipeline, from_step, to_step, session, at_ms)
             VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
            [pipeline, before, step, session, atMs],
          )
        }
        database.run(
          `INSERT INTO session_steps (pipeline, session, step, at_ms) VALUES (?, ?, ?, ?)
           ON CONFLICT (pipeline, session) DO UPDATE SET step = excluded.step, at_ms = excluded.at_ms`,
          [pipeline, session, step, atMs],
        )
        for (const table of ['session_steps', 'step_transitions']) {
          database.run(`DELETE FROM ${table} WHERE at_ms < ?`, [atMs - keepStepsMs])
        }
      })
    },

    async followingSteps(pipeline, step) {
      return database.all(
        `SELECT to_step, count(*) AS sessions, (
           SELECT count(DISTINCT session) FROM step_transitions
           WHERE pipeline = ?1 AND from_step = ?2
         ) AS total
         FROM step_transitions WHERE pipeline = ?1 AND from_step = ?2
         GROUP BY to_step ORDER BY sessions DESC, to_step LIMIT 10`,
        [pipeline, step],
        readFollowingRow,
      )
    },
  }
}

/** An answer of the key that is fresh, on its way, or about to be accepted. */
function findLive(
  database: Database,
  { pipeline, key, madeAtMs }: NewPrecomputed,
): PrecomputedEntry | undefined {
  return database.get(
    `SELECT p.*, a.state FROM precomputed p LEFT JOIN answers a ON a.id = p.answer_id
     WHERE p.pipeline = ?1 AND p.key = ?2 AND p.fresh_until_ms > ?3
       AND (a.state IN ('waiting', 'active', 'completed')
         OR (a.state IS NULL AND p.made_at_ms > ?3 - ${acceptWithinMs}))
     ORDER BY p.made_at_ms DESC LIMIT 1`,
    [pipeline, key, madeAtMs],
    readPrecomputedRow,
  )
}
