import type { NewPrecomputed, PrecomputedEntry, PrecomputedStore } from '../precomputed-store.ts'
import {
  acceptWithinMs,
  keepStepsMs,
  precomputedValues,
  readFollowingRow,
  readPrecomputedRow,
  readTallyRow,
} from '../shared/precomputed-rows.ts'
import type { Database, Statements } from './database.ts'

/** The answers made ahead, of a database whose schema is up to date. */
export function createPrecomputed(database: Database): PrecomputedStore {
  return {
    begin(entry) {
      return database.write(async (statements) => {
        // Two that begin the same key take turns, so that the second one finds what the first has noted.
        await statements.run('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `${database.schema} precomputed ${entry.pipeline} ${entry.key}`,
        ])
        const known = await findLive(statements, entry)
        if (known) return { entry: known, created: false }
        await statements.run(
          `INSERT INTO holdfast.precomputed (answer_id, pipeline, rule, key, conversation_id,
             made_at_ms, fresh_until_ms, stale_until_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          precomputedValues(entry),
        )
        return { entry: { ...entry, state: undefined }, created: true }
      })
    },

    find: (pipeline, key, nowMs) =>
      database.get(
        `SELECT p.*, a.state FROM holdfast.precomputed p
         JOIN holdfast.answers a ON a.id = p.answer_id
         WHERE p.pipeline = $1 AND p.key = $2 AND p.stale_until_ms > $3
           AND a.state IN ('waiting', 'active', 'completed')
         ORDER BY (a.state = 'completed') DESC, p.made_at_ms DESC LIMIT 1`,
        [pipeline, key, nowMs],
        readPrecomputedRow,
      ),

    async settle(answerId, { tokens, costUsd }) {
      await database.run(
        'UPDATE holdfast.precomputed SET tokens = $2, cost_usd = $3 WHERE answer_id = $1',
        [answerId, tokens, costUsd ?? null],
      )
    },

    async markUsed(answerId, savedMs) {
      await database.run(
        `UPDATE holdfast.precomputed SET uses = uses + 1, saved_ms = saved_ms + $2
         WHERE answer_id = $1`,
        [answerId, savedMs],
      )
    },

    tally: ({ pipeline, sinceMs, nowMs }) =>
      database.all(
        `SELECT rule, count(*) AS made,
           count(*) FILTER (WHERE uses > 0) AS used,
           count(*) FILTER (WHERE uses > 0 OR stale_until_ms <= $1) AS decided,
           coalesce(sum(tokens), 0)::bigint AS tokens_spent,
           coalesce(sum(tokens) FILTER (WHERE uses > 0), 0)::bigint AS tokens_used,
           coalesce(sum(cost_usd), 0) AS cost_spent,
           coalesce(sum(cost_usd) FILTER (WHERE uses > 0), 0) AS cost_used,
           sum(saved_ms) AS saved_ms
         FROM holdfast.precomputed
         WHERE pipeline = $2 AND made_at_ms >= $3 GROUP BY rule ORDER BY rule`,
        [nowMs, pipeline, sinceMs],
        readTallyRow,
      ),

    noteStep({ pipeline, session, step, atMs }) {
      return database.write(async (statements) => {
        const before = await statements.get(
          `SELECT step FROM holdfast.session_steps WHERE pipeline = $1 AND session = $2 FOR UPDATE`,
          [pipeline, session],
          (row) => row.text('step'),
        )
        if (before !== undefined && before !== step) {
          await statements.run(
            `INSERT INTO holdfast.step_transitions (pipeline, from_step, to_step, session, at_ms)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
            [pipeline, before, step, session, atMs],
          )
        }
        await statements.run(
          `INSERT INTO holdfast.session_steps (pipeline, session, step, at_ms)
           VALUES ($1, $2, $3, $4)
           ON CONFLICT (pipeline, session) DO UPDATE SET step = excluded.step, at_ms = excluded.at_ms`,
          [pipeline, session, step, atMs],
        )
        for (const table of ['session_steps', 'step_transitions']) {
          await statements.run(`DELETE FROM holdfast.${table} WHERE at_ms < $1`, [
            atMs - keepStepsMs,
          ])
        }
      })
    },

    followingSteps: (pipeline, step) =>
      database.all(
        `SELECT to_step, count(*) AS sessions, (
           SELECT count(DISTINCT session) FROM holdfast.step_transitions
           WHERE pipeline = $1 AND from_step = $2
         ) AS total
         FROM holdfast.step_transitions WHERE pipeline = $1 AND from_step = $2
         GROUP BY to_step ORDER BY sessions DESC, to_step LIMIT 10`,
        [pipeline, step],
        readFollowingRow,
      ),
  }
}

/** An answer of the key that is fresh, on its way, or about to be accepted. */
function findLive(
  statements: Statements,
  { pipeline, key, madeAtMs }: NewPrecomputed,
): Promise<PrecomputedEntry | undefined> {
  return statements.get(
    `SELECT p.*, a.state FROM holdfast.precomputed p
     LEFT JOIN holdfast.answers a ON a.id = p.answer_id
     WHERE p.pipeline = $1 AND p.key = $2 AND p.fresh_until_ms > $3
       AND (a.state IN ('waiting', 'active', 'completed')
         OR (a.state IS NULL AND p.made_at_ms > $3 - ${acceptWithinMs}))
     ORDER BY p.made_at_ms DESC LIMIT 1`,
    [pipeline, key, madeAtMs],
    readPrecomputedRow,
  )
}
