import type { Clock } from '../../base/clock.ts'
import { type Migration, needsMigration } from '../shared/migration.ts'
import type { Database } from './database.ts'

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'conversations, answers, events and traces',
    sql: `
      CREATE TABLE turns (
        conversation_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        message TEXT NOT NULL,
        created_at_ms REAL NOT NULL,
        ascii_tokens INTEGER NOT NULL,
        other_tokens INTEGER NOT NULL,
        PRIMARY KEY (conversation_id, seq)
      ) STRICT;

      CREATE TABLE append_keys (
        conversation_id TEXT NOT NULL,
        idempotency_key TEXT NOT NULL,
        first_seq INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        PRIMARY KEY (conversation_id, idempotency_key)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE summaries (
        conversation_id TEXT NOT NULL,
        from_seq INTEGER NOT NULL,
        to_seq INTEGER NOT NULL,
        text TEXT NOT NULL,
        ascii_tokens INTEGER NOT NULL,
        other_tokens INTEGER NOT NULL,
        created_at_ms REAL NOT NULL,
        written_by TEXT NOT NULL,
        PRIMARY KEY (conversation_id, to_seq, from_seq)
      ) STRICT;

      CREATE TABLE pins (
        conversation_id TEXT NOT NULL,
        key TEXT NOT NULL,
        position INTEGER NOT NULL,
        text TEXT NOT NULL,
        ascii_tokens INTEGER NOT NULL,
        other_tokens INTEGER NOT NULL,
        PRIMARY KEY (conversation_id, key)
      ) STRICT;

      CREATE TABLE working_states (
        conversation_id TEXT PRIMARY KEY,
        value TEXT NOT NULL,
        version INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE answers (
        id TEXT PRIMARY KEY,
        pipeline TEXT NOT NULL,
        input TEXT NOT NULL,
        created_at_ms REAL NOT NULL,
        conversation_id TEXT,
        idempotency_key TEXT,
        state TEXT NOT NULL
          CHECK (state IN ('waiting', 'active', 'completed', 'failed', 'cancelled')),
        run INTEGER NOT NULL,
        answer TEXT,
        error_code TEXT,
        error_message TEXT,
        finished_at_ms REAL
      ) STRICT;
      CREATE UNIQUE INDEX answers_by_key ON answers (pipeline, idempotency_key)
        WHERE idempotency_key IS NOT NULL;
      CREATE INDEX answers_by_time ON answers (created_at_ms, id);
      CREATE INDEX answers_by_pipeline ON answers (pipeline, created_at_ms, id);
      CREATE INDEX answers_by_conversation ON answers (conversation_id, created_at_ms, id)
        WHERE conversation_id IS NOT NULL;

      CREATE TABLE steps (
        answer_id TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
        step TEXT NOT NULL,
        run INTEGER NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (answer_id, step)
      ) STRICT;

      CREATE TABLE event_logs (
        answer_id TEXT PRIMARY KEY,
        run INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        growth INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX event_logs_by_growth ON event_logs (growth);

      CREATE TABLE events (
        answer_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        at_ms REAL NOT NULL,
        event TEXT NOT NULL,
        PRIMARY KEY (answer_id, seq)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE traces (
        trace_id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        status TEXT NOT NULL,
        started_at_ms REAL NOT NULL,
        record TEXT NOT NULL
      ) STRICT;
      CREATE INDEX traces_by_time ON traces (started_at_ms, trace_id);
      CREATE INDEX traces_by_name ON traces (name, started_at_ms, trace_id);

      CREATE TABLE trace_conversations (
        conversation_id TEXT NOT NULL,
        trace_id TEXT NOT NULL REFERENCES traces (trace_id) ON DELETE CASCADE,
        PRIMARY KEY (conversation_id, trace_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX trace_conversations_by_trace ON trace_conversations (trace_id);
    `,
  },
  {
    version: 2,
    name: 'owners of conversations',
    sql: `
      CREATE TABLE owners (
        conversation_id TEXT PRIMARY KEY,
        user_id TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX owners_by_user ON owners (user_id, conversation_id);
    `,
  },
  {
    version: 3,
    name: 'answers made ahead',
    sql: `
      CREATE TABLE precomputed (
        answer_id TEXT PRIMARY KEY,
        pipeline TEXT NOT NULL,
        rule TEXT NOT NULL,
        key TEXT NOT NULL,
        conversation_id TEXT,
        made_at_ms REAL NOT NULL,
        fresh_until_ms REAL NOT NULL,
        stale_until_ms REAL NOT NULL,
        tokens INTEGER,
        cost_usd REAL,
        uses INTEGER NOT NULL DEFAULT 0,
        saved_ms REAL NOT NULL DEFAULT 0
      ) STRICT;
      CREATE INDEX precomputed_by_key ON precomputed (pipeline, key, made_at_ms);
      CREATE INDEX precomputed_by_time ON precomputed (pipeline, made_at_ms);
      CREATE INDEX precomputed_by_conversation ON precomputed (conversation_id)
        WHERE conversation_id IS NOT NULL;

      CREATE TABLE session_steps (
        pipeline TEXT NOT NULL,
        session TEXT NOT NULL,
        step TEXT NOT NULL,
        at_ms REAL NOT NULL,
        PRIMARY KEY (pipeline, session)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX session_steps_by_time ON session_steps (at_ms);

      CREATE TABLE step_transitions (
        pipeline TEXT NOT NULL,
        from_step TEXT NOT NULL,
        to_step TEXT NOT NULL,
        session TEXT NOT NULL,
        at_ms REAL NOT NULL,
        PRIMARY KEY (pipeline, from_step, to_step, session)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX step_transitions_by_time ON step_transitions (at_ms);
    `,
  },
  {
    version: 4,
    name: 'traces of waiting answers',
    sql: 'ALTER TABLE answers ADD COLUMN trace_parent TEXT',
  },
  {
    version: 5,
    name: 'origins of answers',
    sql: `
      ALTER TABLE answers ADD COLUMN thread TEXT;
      ALTER TABLE answers ADD COLUMN origin TEXT;
      CREATE INDEX answers_by_thread ON answers (thread, created_at_ms, id)
        WHERE thread IS NOT NULL;
    `,
  },
  {
    version: 6,
    name: 'turns of tenants',
    sql: `
      ALTER TABLE answers ADD COLUMN tenant TEXT;
      ALTER TABLE answers ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE answers ADD COLUMN start_tag INTEGER NOT NULL DEFAULT 0;

      CREATE INDEX answers_by_state ON answers (state, created_at_ms, id);

      CREATE TABLE fair_clocks (
        priority INTEGER PRIMARY KEY,
        clock INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE tenant_tags (
        priority INTEGER NOT NULL,
        tenant TEXT NOT NULL,
        next_tag INTEGER NOT NULL,
        PRIMARY KEY (priority, tenant)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    version: 7,
    name: 'tickets',
    sql: `
      CREATE TABLE tickets (
        digest TEXT PRIMARY KEY,
        grant_json TEXT NOT NULL,
        expires_at_ms REAL NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX tickets_by_expiry ON tickets (expires_at_ms);
    `,
  },
  {
    version: 8,
    name: 'checks of the models',
    sql: `
      CREATE TABLE checks (
        id INTEGER PRIMARY KEY,
        started_at_ms REAL NOT NULL,
        results TEXT NOT NULL
      ) STRICT;
    `,
  },
]

/**
 * Brings the schema up to date. Processes that start together each find out, inside the write
 * transaction, which steps the others have not yet done. A schema newer than the last step known here
 * is refused with STORE_UNAVAILABLE, and left as it is.
 */
export function migrate(
  database: Database,
  clock: Clock,
  steps: readonly Migration[] = migrations,
): void {
  if (!needsMigration(database.location, schemaVersion(database), steps)) return
  for (const step of steps) database.write(() => applyOnce(database, clock, step))
}

/** The number of the last step that was applied; 0 for a new file. */
export function schemaVersion(database: Database): number {
  const known = database.get(
    `SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'schema_versions'`,
    [],
    (row) => row.number('found'),
  )
  if (known === undefined) return 0
  const newest = database.get('SELECT max(version) AS version FROM schema_versions', [], (row) =>
    row.optionalNumber('version'),
  )
  return newest ?? 0
}

function applyOnce(database: Database, clock: Clock, step: Migration): void {
  if (schemaVersion(database) >= step.version) return
  database.script(`CREATE TABLE IF NOT EXISTS schema_versions (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at_ms REAL NOT NULL
  ) STRICT`)
  database.script(step.sql)
  database.run('INSERT INTO schema_versions (version, name, applied_at_ms) VALUES (?, ?, ?)', [
    step.version,
    step.name,
    clock.now(),
  ])
}
