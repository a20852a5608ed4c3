import type { CheckStore, StoredCheck } from '../check-store.ts'
import { encodeJson } from '../shared/encode-json.ts'
import { isParsedJson } from '../shared/json-shapes.ts'
import type { RowReader } from '../shared/row-reader.ts'
import type { Database } from './database.ts'

/** The checks of a database whose schema is up to date. */
export function createChecks(database: Database): CheckStore {
  return {
    async add({ startedAtMs, results }, keep) {
      const text = encodeJson(results, 'results of a check')
      database.write(() => {
        database.run('INSERT INTO checks (started_at_ms, results) VALUES (?, ?)', [
          startedAtMs,
          text,
        ])
        database.run(
          'DELETE FROM checks WHERE id IN (SELECT id FROM checks ORDER BY id DESC LIMIT -1 OFFSET ?)',
          [keep],
        )
      })
    },

    async list() {
      return database.all('SELECT * FROM checks ORDER BY id', [], readCheck)
    },
  }
}

function readCheck(row: RowReader): StoredCheck {
  return {
    startedAtMs: row.number('started_at_ms'),
    results: row.json('results', 'JSON', isParsedJson),
  }
}
