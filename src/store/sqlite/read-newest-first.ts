import { checkCount } from './check-options.ts'
import type { Database } from './database.ts'
import type { RowReader } from './row-reader.ts'

/** Rows that a list returns unless it asks for another number. */
const defaultLimit = 50

export interface NewestFirst<T> {
  readonly table: string
  /** The columns that order the list: by time, and by id among equal times. */
  readonly time: string
  readonly id: string
  /** Columns that must equal a value; undefined lets every value pass. */
  readonly where: Readonly<Record<string, string | undefined>>
  readonly limit: number | undefined
  readonly read: (row: RowReader) => T
}

/** Lists rows that pass the filter, newest first. Names of columns come from the code, values are bound. */
export function readNewestFirst<T>(database: Database, list: NewestFirst<T>): T[] {
  const limit = checkCount('limit', list.limit ?? defaultLimit)
  const conditions: string[] = []
  const values: string[] = []
  for (const [column, value] of Object.entries(list.where)) {
    if (value === undefined) continue
    conditions.push(`${column} = ?`)
    values.push(value)
  }
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  return database.all(
    `SELECT * FROM ${list.table} ${where} ORDER BY ${list.time} DESC, ${list.id} DESC LIMIT ?`,
    [...values, limit],
    list.read,
  )
}
