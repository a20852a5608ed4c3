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
      // The statement does not see its own new row, which is one of those that are kept.
      await database.run(
        `WITH surplus AS (
           DELETE FROM holdfast.checks WHERE id IN (
             SELECT id FROM holdfast.checks ORDER BY id DESC OFFSET greatest($3 - 1, 0)
           )
         )
         INSERT INTO holdfast.checks (started_at_ms, results) VALUES ($1, $2)`,
        [startedAtMs, text, keep],
      )
    },

    list: () => database.all('SELECT * FROM holdfast.checks ORDER BY id', [], readCheck),
  }
}

function readCheck(row: RowReader): StoredCheck {
  return {
    startedAtMs: row.number('started_at_ms'),
    results: row.json('results', 'JSON', isParsedJson),
  }
}
