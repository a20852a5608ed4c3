import { checkCount } from './check-options.ts'

/** Rows that a list returns unless it asks for another number. */
const defaultLimit = 50

export interface NewestFirst {
  readonly table: string
  /** The columns that order the list: by time, and by id among equal times. */
  readonly time: string
  readonly id: string
  /** Columns that must equal a value; undefined lets every value pass. */
  readonly where: Readonly<Record<string, string | undefined>>
  /** Other conditions, each on one value. */
  readonly conditions?: readonly Condition[]
  readonly limit: number | undefined
}

/** A condition that is not made where its value is undefined; `sql` gets the place of the value. */
export interface Condition {
  readonly value: string | number | undefined
  sql(place: string): string
}

/**
 * The statement for rows that pass a filter, newest first. Names of columns come from the code, values
 * are bound; `place` writes the place of the value of that number, from 1.
 */
export function newestFirst(
  { table, time, id, where, conditions: others = [], limit = defaultLimit }: NewestFirst,
  place: (number: number) => string,
): { readonly sql: string; readonly values: readonly (string | number)[] } {
  const conditions: string[] = []
  const values: (string | number)[] = []
  const equal = Object.entries(where).map(
    ([column, value]): Condition => ({
      value,
      sql: (valuePlace) => `${column} = ${valuePlace}`,
    }),
  )
  for (const { value, sql } of [...equal, ...others]) {
    if (value === undefined) continue
    values.push(value)
    conditions.push(sql(place(values.length)))
  }
  values.push(checkCount('limit', limit))
  const filter = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  const sql = `SELECT * FROM ${table} ${filter} ORDER BY ${time} DESC, ${id} DESC
    LIMIT ${place(values.length)}`
  return { sql, values }
}
