import { type NewestFirst, newestFirst } from '../shared/newest-first.ts'
import type { RowReader } from '../shared/row-reader.ts'
import type { Database } from './database.ts'

/** Lists rows that pass the filter, newest first. */
export function readNewestFirst<T>(
  database: Database,
  list: NewestFirst & { readonly read: (row: RowReader) => T },
): T[] {
  const { sql, values } = newestFirst(list, () => '?')
  return database.all(sql, values, list.read)
}
