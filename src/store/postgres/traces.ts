import type { TraceRecord } from '../../model/trace.ts'
import { checkCount } from '../shared/check-options.ts'
import { marksInTrace } from '../shared/conversation-marks.ts'
import { encodeJson } from '../shared/encode-json.ts'
import { isTraceRecord } from '../shared/json-shapes.ts'
import { newestFirst } from '../shared/newest-first.ts'
import type { RowReader } from '../shared/row-reader.ts'
import type { TraceStore } from '../trace-store.ts'
import type { Database } from './database.ts'
import { placeholder } from './placeholder.ts'

/** The traces of a database whose schema is up to date. */
export function createTraces(database: Database): TraceStore {
  return {
    async save(trace) {
      const record = encodeJson(trace, 'trace', isTraceRecord)
      await database.run(
        `INSERT INTO holdfast.traces (trace_id, name, status, started_at_ms, record, marks)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (trace_id) DO UPDATE SET name = excluded.name, status = excluded.status,
           started_at_ms = excluded.started_at_ms, record = excluded.record,
           marks = excluded.marks`,
        [
          trace.traceId,
          trace.name,
          trace.status,
          trace.startedAtMs,
          record,
          [...marksInTrace(trace)],
        ],
      )
    },

    get: (traceId) =>
      database.get('SELECT record FROM holdfast.traces WHERE trace_id = $1', [traceId], readTrace),

    async list(filter) {
      const { sql, values } = newestFirst(
        {
          table: 'holdfast.traces',
          time: 'started_at_ms',
          id: 'trace_id',
          where: { name: filter.name, status: filter.status },
          limit: filter.limit,
        },
        placeholder,
      )
      return database.all(sql, values, readTrace)
    },

    async prune({ olderThanMs, maxTraces, maxBytes }) {
      return database.one(
        `WITH old AS (
           DELETE FROM holdfast.traces WHERE started_at_ms < $1 RETURNING 1
         ), surplus AS (
           DELETE FROM holdfast.traces WHERE trace_id IN (
             SELECT trace_id FROM (
               SELECT trace_id, row_number() OVER newest AS traces,
                 sum(octet_length(record)) OVER newest AS bytes
               FROM holdfast.traces WHERE started_at_ms >= $1
               WINDOW newest AS (
                 ORDER BY started_at_ms DESC, trace_id DESC ROWS UNBOUNDED PRECEDING
               )
             ) AS counted WHERE traces > $2 OR bytes > $3
           ) RETURNING 1
         )
         SELECT (SELECT count(*) FROM old) + (SELECT count(*) FROM surplus) AS pruned`,
        [olderThanMs, checkCount('maxTraces', maxTraces), checkCount('maxBytes', maxBytes)],
        (row) => row.number('pruned'),
      )
    },
  }
}

function readTrace(row: RowReader): TraceRecord {
  return row.json('record', 'a trace', isTraceRecord)
}
