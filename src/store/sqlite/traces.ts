import type { TraceRecord } from '../../model/trace.ts'
import { checkCount } from '../shared/check-options.ts'
import { marksInTrace } from '../shared/conversation-marks.ts'
import { encodeJson } from '../shared/encode-json.ts'
import { isTraceRecord } from '../shared/json-shapes.ts'
import type { RowReader } from '../shared/row-reader.ts'
import type { TraceStore } from '../trace-store.ts'
import type { Database } from './database.ts'
import { readNewestFirst } from './read-newest-first.ts'

/** The traces of a database whose schema is up to date. */
export function createTraces(database: Database): TraceStore {
  return {
    async save(trace) {
      const record = encodeJson(trace, 'trace', isTraceRecord)
      database.write(() => {
        // Deleting takes the links to conversations along, which a replaced trace may have others of.
        database.run('DELETE FROM traces WHERE trace_id = ?', [trace.traceId])
        database.run(
          `INSERT INTO traces (trace_id, name, status, started_at_ms, record)
           VALUES (?, ?, ?, ?, ?)`,
          [trace.traceId, trace.name, trace.status, trace.startedAtMs, record],
        )
        for (const mark of marksInTrace(trace)) {
          database.run(
            'INSERT INTO trace_conversations (conversation_id, trace_id) VALUES (?, ?)',
            [mark, trace.traceId],
          )
        }
      })
    },

    async get(traceId) {
      return database.get('SELECT record FROM traces WHERE trace_id = ?', [traceId], readTrace)
    },

    async list(filter) {
      return readNewestFirst(database, {
        table: 'traces',
        time: 'started_at_ms',
        id: 'trace_id',
        where: { name: filter.name, status: filter.status },
        limit: filter.limit,
        read: readTrace,
      })
    },

    async prune({ olderThanMs, maxTraces, maxBytes }) {
      checkCount('maxTraces', maxTraces)
      checkCount('maxBytes', maxBytes)
      return database.write(() => {
        const old = database.run('DELETE FROM traces WHERE started_at_ms < ?', [olderThanMs])
        const surplus = database.run(
          // The length of a text stands in the head of its row: the texts themselves are not read.
          `DELETE FROM traces WHERE trace_id IN (
             SELECT trace_id FROM (
               SELECT trace_id, row_number() OVER newest AS traces,
                 sum(octet_length(record)) OVER newest AS bytes
               FROM traces
               WINDOW newest AS (
                 ORDER BY started_at_ms DESC, trace_id DESC ROWS UNBOUNDED PRECEDING
               )
             ) WHERE traces > ? OR bytes > ?
           )`,
          [maxTraces, maxBytes],
        )
        return old + surplus
      })
    },
  }
}

function readTrace(row: RowReader): TraceRecord {
  return row.json('record', 'a trace', isTraceRecord)
}
