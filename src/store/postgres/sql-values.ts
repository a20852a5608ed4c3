/** What goes to the server as the value of a statement, and what its values are here. */
import type pg from 'pg'
import { checkText, invalidValue } from '../shared/store-error.ts'
import type { Driver } from './load-driver.ts'
import { fromPostgresText, parsePostgresJson, toPostgresText } from './text-values.ts'

type Scalar = string | number | null

/** A list is bound as one array, for `unnest` and `ANY`. */
export type SqlValue = Scalar | readonly Scalar[]

export function toParameter(value: SqlValue): Scalar | Scalar[] {
  return isList(value) ? value.map(toScalar) : toScalar(value)
}

function toScalar(value: Scalar): Scalar {
  if (typeof value === 'string') return toPostgresText(checkText(value))
  // NaN is a number in Postgres too, and no time, count or position.
  if (Number.isNaN(value)) throw invalidValue('number', 'NaN is no number')
  return value
}

function isList(value: SqlValue): value is readonly Scalar[] {
  return Array.isArray(value)
}

/** Reads texts as they were, and whole numbers as numbers; the rest is as the driver reads it. */
export function valueTypes({ types }: Driver): pg.CustomTypesConfig {
  const parsers = new Map<number, (text: string) => unknown>([
    [types.builtins.INT8, Number],
    [types.builtins.TEXT, fromPostgresText],
    [types.builtins.JSON, parsePostgresJson],
  ])
  const getTypeParser = (type: number, format: 'text') =>
    parsers.get(type) ?? types.getTypeParser(type, format)
  // The driver declares an overload per type.
  return { getTypeParser: getTypeParser as pg.CustomTypesConfig['getTypeParser'] }
}
