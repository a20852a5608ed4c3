import type { Clock } from '../../base/clock.ts'
import { type Migration, needsMigration } from '../shared/migration.ts'
import { storeUnavailable } from '../shared/store-error.ts'
import type { Database, Scripts, Statements } from './database.ts'

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'conversations, answers, events and traces',
    // Texts by which rows are found are ordered by their bytes, whatever the database's locale.
    sql: `
      CREATE TABLE holdfast.conversations (
        id text COLLATE "C" PRIMARY KEY,
        user_id text COLLATE "C",
        last_seq bigint NOT NULL,
        state text,
        state_version bigint NOT NULL DEFAULT 0
      ) WITH (fillfactor = 70);
      CREATE INDEX conversations_by_user ON holdfast.conversations (user_id, id)
        WHERE user_id IS NOT NULL;

      CREATE TABLE holdfast.turns (
        conversation_id text COLLATE "C",
        seq bigint,
        message text NOT NULL,
        created_at_ms double precision NOT NULL,
        ascii_tokens bigint NOT NULL,
        other_tokens bigint NOT NULL,
        PRIMARY KEY (conversation_id, seq)
      );

      CREATE TABLE holdfast.append_keys (
        conversation_id text COLLATE "C",
        idempotency_key text COLLATE "C",
        first_seq bigint NOT NULL,
        last_seq bigint NOT NULL,
        PRIMARY KEY (conversation_id, idempotency_key)
      );

      CREATE TABLE holdfast.summaries (
        conversation_id text COLLATE "C",
        from_seq bigint,
        to_seq bigint,
        text text NOT NULL,
        ascii_tokens bigint NOT NULL,
        other_tokens bigint NOT NULL,
        created_at_ms double precision NOT NULL,
        written_by text NOT NULL,
        PRIMARY KEY (conversation_id, to_seq, from_seq)
      );

      CREATE TABLE holdfast.pins (
        conversation_id text COLLATE "C",
        key text COLLATE "C",
        position bigint GENERATED ALWAYS AS IDENTITY,
        text text NOT NULL,
        ascii_tokens bigint NOT NULL,
        other_tokens bigint NOT NULL,
        PRIMARY KEY (conversation_id, key)
      );

      CREATE TABLE holdfast.answers (
        id text COLLATE "C" PRIMARY KEY,
        pipeline text COLLATE "C" NOT NULL,
        input text NOT NULL,
        created_at_ms double precision NOT NULL,
        conversation_id text COLLATE "C",
        idempotency_key text COLLATE "C",
        state text NOT NULL
          CHECK (state IN ('waiting', 'active', 'completed', 'failed', 'cancelled')),
        run bigint NOT NULL,
        answer text,
        error_code text,
        error_message text,
        finished_at_ms double precision
      );
      CREATE UNIQUE INDEX answers_by_key ON holdfast.answers (pipeline, idempotency_key)
        WHERE idempotency_key IS NOT NULL;
      CREATE INDEX answers_by_time ON holdfast.answers (created_at_ms, id);
      CREATE INDEX answers_by_pipeline ON holdfast.answers (pipeline, created_at_ms, id);
      CREATE INDEX answers_by_conversation
        ON holdfast.answers (conversation_id, created_at_ms, id)
        WHERE conversation_id IS NOT NULL;

      CREATE TABLE holdfast.steps (
        answer_id text COLLATE "C",
        step text COLLATE "C",
        run bigint NOT NULL,
        value text NOT NULL,
        PRIMARY KEY (answer_id, step)
      );

      CREATE TABLE holdfast.event_logs (
        answer_id text COLLATE "C" PRIMARY KEY,
        run bigint NOT NULL,
        last_seq bigint NOT NULL,
        grown xid8 NOT NULL
      );
      CREATE INDEX event_logs_by_growth ON holdfast.event_logs (grown);

      CREATE TABLE holdfast.events (
        answer_id text COLLATE "C",
        seq bigint,
        at_ms double precision NOT NULL,
        event text NOT NULL,
        PRIMARY KEY (answer_id, seq)
      );

      CREATE TABLE holdfast.traces (
        trace_id text COLLATE "C" PRIMARY KEY,
        name text COLLATE "C" NOT NULL,
        status text NOT NULL,
        started_at_ms double precision NOT NULL,
        record text NOT NULL,
        marks text[] NOT NULL
      );
      CREATE INDEX traces_by_time ON holdfast.traces (started_at_ms, trace_id);
      CREATE INDEX traces_by_name ON holdfast.traces (name, started_at_ms, trace_id);
      CREATE INDEX traces_by_mark ON holdfast.traces USING gin (marks);
    `,
  },
  {
    version: 2,
    name: 'answers made ahead',
    sql: `
      CREATE TABLE holdfast.precomputed (
        answer_id text COLLATE "C" PRIMARY KEY,
        pipeline text COLLATE "C" NOT NULL,
        rule text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        conversation_id text COLLATE "C",
        made_at_ms double precision NOT NULL,
        fresh_until_ms double precision NOT NULL,
        stale_until_ms double precision NOT NULL,
        tokens bigint,
        cost_usd double precision,
        uses bigint NOT NULL DEFAULT 0,
        saved_ms double precision NOT NULL DEFAULT 0
      );
      CREATE INDEX precomputed_by_key ON holdfast.precomputed (pipeline, key, made_at_ms);
      CREATE INDEX precomputed_by_time ON holdfast.precomputed (pipeline, made_at_ms);
      CREATE INDEX precomputed_by_conversation ON holdfast.precomputed (conversation_id)
        WHERE conversation_id IS NOT NULL;

      CREATE TABLE holdfast.session_steps (
        pipeline text COLLATE "C",
        session text COLLATE "C",
        step text COLLATE "C" NOT NULL,
        at_ms double precision NOT NULL,
        PRIMARY KEY (pipeline, session)
      );
      CREATE INDEX session_steps_by_time ON holdfast.session_steps (at_ms);

      CREATE TABLE holdfast.step_transitions (
        pipeline text COLLATE "C",
        from_step text COLLATE "C",
        to_step text COLLATE "C",
        session text COLLATE "C",
        at_ms double precision NOT NULL,
        PRIMARY KEY (pipeline, from_step, to_step, session)
      );
      CREATE INDEX step_transitions_by_time ON holdfast.step_transitions (at_ms);
    `,
  },
  {
    version: 3,
    name: 'traces of waiting answers',
    sql: 'ALTER TABLE holdfast.answers ADD COLUMN trace_parent text',
  },
  {
    version: 4,
    name: 'origins of answers',
    sql: `
      ALTER TABLE holdfast.answers
        ADD COLUMN thread text COLLATE "C",
        ADD COLUMN origin text;
      CREATE INDEX answers_by_thread ON holdfast.answers (thread, created_at_ms, id)
        WHERE thread IS NOT NULL;
    `,
  },
  {
    version: 5,
    name: 'turns of tenants',
    sql: `
      ALTER TABLE holdfast.answers
        ADD COLUMN tenant text COLLATE "C",
        ADD COLUMN priority bigint NOT NULL DEFAULT 0,
        ADD COLUMN start_tag bigint NOT NULL DEFAULT 0;

      CREATE INDEX answers_by_state ON holdfast.answers (state, created_at_ms, id);

      CREATE TABLE holdfast.fair_clocks (
        priority bigint PRIMARY KEY,
        clock bigint NOT NULL
      ) WITH (fillfactor = 50);

      CREATE TABLE holdfast.tenant_tags (
        priority bigint,
        tenant text COLLATE "C",
        next_tag bigint NOT NULL,
        PRIMARY KEY (priority, tenant)
      ) WITH (fillfactor = 50);
    `,
  },
  {
    version: 6,
    name: 'tickets',
    sql: `
      CREATE TABLE holdfast.tickets (
        digest text COLLATE "C" PRIMARY KEY,
        grant_json text NOT NULL,
        expires_at_ms double precision NOT NULL
      );
      CREATE INDEX tickets_by_expiry ON holdfast.tickets (expires_at_ms);
    `,
  },
  {
    version: 7,
    name: 'checks of the models',
    sql: `
      CREATE TABLE holdfast.checks (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        started_at_ms double precision NOT NULL,
        results text NOT NULL
      );
    `,
  },
]

/** The oldest release whose numbers of transactions do not start over, by which growth is found. */
const oldestServer = 130_000

/**
 * Checks that the server can hold a store, and brings the schema up to date. Processes that start
 * together wait for one another; a user who may not create anything can open a schema that is up to
 * date. A schema newer than the last step known here is refused with STORE_UNAVAILABLE, and left as it
 * is.
 */
export async function migrate(
  database: Database,
  clock: Clock,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  await checkServer(database)
  const found = await schemaVersion(database, database.schema)
  if (!needsMigration(database.location, found, steps)) return
  for (const step of steps) await applyOnce(database, clock, step)
}

/** The number of the last step that was applied; 0 where there is no schema. */
export async function schemaVersion(statements: Statements, schema: string): Promise<number> {
  // Not by to_regclass: within a transaction it may answer as it did before another one's commit.
  const known = await statements.get(
    `SELECT 1 AS found FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname = $1 AND relname = 'schema_versions'`,
    [schema],
    (row) => row.number('found'),
  )
  if (known === undefined) return 0
  const newest = await statements.get(
    'SELECT max(version) AS version FROM holdfast.schema_versions',
    [],
    (row) => row.optionalNumber('version'),
  )
  return newest ?? 0
}

function applyOnce(database: Database, clock: Clock, step: Migration): Promise<void> {
  return database.exclusive(async (statements) => {
    const found = await schemaVersion(statements, database.schema)
    if (found >= step.version) return
    if (found === 0) await makeSchema(database, statements)
    await statements.script(step.sql)
    await statements.run(
      'INSERT INTO holdfast.schema_versions (version, name, applied_at_ms) VALUES ($1, $2, $3)',
      [step.version, step.name, clock.now()],
    )
  })
}

async function makeSchema({ schema }: Database, statements: Statements & Scripts): Promise<void> {
  const there = await statements.get(
    'SELECT 1 AS found FROM pg_namespace WHERE nspname = $1',
    [schema],
    (row) => row.number('found'),
  )
  // IF NOT EXISTS would ask for the right to make one, also where an administrator has made it.
  if (there === undefined) await statements.script(`CREATE SCHEMA "${schema}"`)
  await statements.script(`CREATE TABLE IF NOT EXISTS holdfast.schema_versions (
    version bigint PRIMARY KEY,
    name text NOT NULL,
    applied_at_ms double precision NOT NULL
  )`)
}

async function checkServer(database: Database): Promise<void> {
  const server = await database.get(
    `SELECT current_setting('server_version_num')::bigint AS release,
       current_setting('server_version') AS version,
       current_setting('server_encoding') AS encoding`,
    [],
    (row) => ({
      release: row.number('release'),
      version: row.text('version'),
      encoding: row.text('encoding'),
    }),
  )
  if (server && server.release < oldestServer) {
    throw storeUnavailable(
      database.location,
      `the server is Postgres ${server.version}, and holdfast needs 13 or later. Upgrade it`,
    )
  }
  if (server && server.encoding !== 'UTF8') {
    throw storeUnavailable(
      database.location,
      `the encoding of the database is ${server.encoding}, which does not hold every text. Create it with ENCODING 'UTF8'`,
    )
  }
}
