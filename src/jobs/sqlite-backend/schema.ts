import type { Database } from './database.ts'
import { SqliteBackendError } from './errors.ts'

/**
 * The tables, as numbered migrations. A migration that was published is never edited; a change is a
 * new one at the end.
 *
 * A job is split in two: `bullmq_job` holds what changes with every transition and is small,
 * `bullmq_job_body` the payload, so that taking or finishing a job does not rewrite a long prompt.
 * Within a state jobs stand in the order (score, position, id): score is the time or the priority
 * that sorts the state, position the turn in which the job arrived.
 */
const migrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
    CREATE TABLE bullmq_queue (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      meta TEXT NOT NULL DEFAULT '{}',
      last_job INTEGER NOT NULL DEFAULT 0,
      turn INTEGER NOT NULL DEFAULT 0,
      last_event INTEGER NOT NULL DEFAULT 0,
      last_event_at INTEGER NOT NULL DEFAULT 0,
      limiter_count INTEGER NOT NULL DEFAULT 0,
      limiter_until INTEGER NOT NULL DEFAULT 0,
      stalled_check_until INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE bullmq_job (
      seq INTEGER PRIMARY KEY,
      queue INTEGER NOT NULL REFERENCES bullmq_queue (id),
      id TEXT NOT NULL,
      state TEXT NOT NULL,
      score REAL NOT NULL,
      position INTEGER NOT NULL,
      name TEXT NOT NULL,
      priority INTEGER NOT NULL,
      delay REAL NOT NULL,
      added_at REAL NOT NULL,
      processed_on INTEGER,
      finished_on INTEGER,
      attempts_started INTEGER NOT NULL DEFAULT 0,
      attempts_made INTEGER NOT NULL DEFAULT 0,
      stalled_count INTEGER NOT NULL DEFAULT 0,
      suspected INTEGER NOT NULL DEFAULT 0,
      lock_token TEXT,
      lock_until INTEGER,
      processed_by TEXT,
      scheduler TEXT,
      dedup TEXT,
      parent TEXT,
      progress TEXT,
      deferred_failure TEXT,
      failed_reason TEXT,
      stacktrace TEXT,
      return_value TEXT,
      UNIQUE (queue, id)
    ) STRICT;
    CREATE INDEX bullmq_job_order ON bullmq_job (queue, state, score, position, id);

    CREATE TABLE bullmq_job_body (
      seq INTEGER PRIMARY KEY REFERENCES bullmq_job (seq) ON DELETE CASCADE,
      data TEXT NOT NULL,
      opts TEXT NOT NULL
    ) STRICT;

    CREATE TABLE bullmq_job_log (
      seq INTEGER NOT NULL REFERENCES bullmq_job (seq) ON DELETE CASCADE,
      line INTEGER NOT NULL,
      text TEXT NOT NULL,
      PRIMARY KEY (seq, line)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE bullmq_child (
      parent INTEGER NOT NULL REFERENCES bullmq_job (seq) ON DELETE CASCADE,
      queue INTEGER NOT NULL REFERENCES bullmq_queue (id),
      id TEXT NOT NULL,
      status TEXT NOT NULL,
      value TEXT,
      failed_at INTEGER,
      PRIMARY KEY (parent, queue, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX bullmq_child_status ON bullmq_child (parent, status);

    CREATE TABLE bullmq_count (
      queue INTEGER NOT NULL,
      state TEXT NOT NULL,
      jobs INTEGER NOT NULL,
      PRIMARY KEY (queue, state)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER bullmq_count_added AFTER INSERT ON bullmq_job BEGIN
      INSERT INTO bullmq_count VALUES (NEW.queue, NEW.state, 1)
        ON CONFLICT (queue, state) DO UPDATE SET jobs = jobs + 1;
    END;
    CREATE TRIGGER bullmq_count_moved AFTER UPDATE OF state ON bullmq_job
    WHEN NEW.state <> OLD.state BEGIN
      UPDATE bullmq_count SET jobs = jobs - 1 WHERE queue = OLD.queue AND state = OLD.state;
      INSERT INTO bullmq_count VALUES (NEW.queue, NEW.state, 1)
        ON CONFLICT (queue, state) DO UPDATE SET jobs = jobs + 1;
    END;
    CREATE TRIGGER bullmq_count_removed AFTER DELETE ON bullmq_job BEGIN
      UPDATE bullmq_count SET jobs = jobs - 1 WHERE queue = OLD.queue AND state = OLD.state;
    END;

    CREATE TABLE bullmq_dedup (
      queue INTEGER NOT NULL,
      id TEXT NOT NULL,
      job TEXT NOT NULL,
      expires_at REAL,
      PRIMARY KEY (queue, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE bullmq_dedup_next (
      queue INTEGER NOT NULL,
      id TEXT NOT NULL,
      job TEXT NOT NULL,
      name TEXT NOT NULL,
      data TEXT NOT NULL,
      opts TEXT NOT NULL,
      parent TEXT,
      scheduler TEXT,
      PRIMARY KEY (queue, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE bullmq_scheduler (
      queue INTEGER NOT NULL,
      id TEXT NOT NULL,
      next_run REAL NOT NULL,
      iterations INTEGER NOT NULL,
      name TEXT,
      tz TEXT,
      "limit" REAL,
      pattern TEXT,
      start_date REAL,
      end_date REAL,
      every REAL,
      "offset" REAL,
      template_opts TEXT,
      template_data TEXT,
      PRIMARY KEY (queue, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX bullmq_scheduler_order ON bullmq_scheduler (queue, next_run, id);

    CREATE TABLE bullmq_event (
      queue INTEGER NOT NULL,
      seq INTEGER NOT NULL,
      at INTEGER NOT NULL,
      fields TEXT NOT NULL,
      PRIMARY KEY (queue, seq)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE bullmq_metric (
      queue INTEGER NOT NULL,
      kind TEXT NOT NULL,
      jobs INTEGER NOT NULL,
      counted_at INTEGER NOT NULL,
      counted_jobs INTEGER NOT NULL,
      PRIMARY KEY (queue, kind)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE bullmq_metric_point (
      queue INTEGER NOT NULL,
      kind TEXT NOT NULL,
      point INTEGER NOT NULL,
      jobs INTEGER NOT NULL,
      PRIMARY KEY (queue, kind, point)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE bullmq_client (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      pid INTEGER NOT NULL,
      since INTEGER NOT NULL
    ) STRICT;
    `,
  },
]

interface Migration {
  readonly version: number
  readonly sql: string
}

/** The version that this code reads and writes. */
export const schemaVersion = migrations.length

/**
 * Brings the file to `schemaVersion`. Safe to run from several processes at once: the version is
 * read again inside the write lock.
 *
 * @throws SqliteBackendError `NEWER_SCHEMA` when the file was written by a later version.
 */
export function migrate(database: Database, now: number): void {
  if (currentVersion(database) === schemaVersion) return
  database.exclusively(() => {
    const from = currentVersion(database)
    if (from > schemaVersion) throw newerSchema(database.path, from)
    for (const { version, sql } of migrations.slice(from)) {
      database.script(sql)
      database.run('INSERT INTO bullmq_migration (version, applied_at) VALUES (?, ?)', version, now)
    }
  })
}

function currentVersion(database: Database): number {
  database.script(
    `CREATE TABLE IF NOT EXISTS bullmq_migration (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT`,
  )
  const sql = 'SELECT max(version) AS version FROM bullmq_migration'
  return database.get<{ version: number | null }>(sql)?.version ?? 0
}

function newerSchema(path: string, found: number): SqliteBackendError {
  return new SqliteBackendError(
    'NEWER_SCHEMA',
    path,
    `The queue file ${path} has schema version ${found}, this package knows versions up to ` +
      `${schemaVersion}. Upgrade this process to the version that wrote the file, or give it another path.`,
  )
}
