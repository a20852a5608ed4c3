import { isRecord } from '../../base/json.ts'
import { storeUnavailable } from './store-error.ts'

type Row = Readonly<Record<string, unknown>>

/**
 * One row of a result, read with a check of each value: the database may have been damaged, or edited
 * by hand. A value that is not what the column promises is a STORE_UNAVAILABLE that names the column.
 */
export class RowReader {
  readonly #location: string
  readonly #row: Row

  constructor(location: string, row: Row) {
    this.#location = location
    this.#row = row
  }

  text(column: string): string {
    const value = this.#row[column]
    return typeof value === 'string' ? value : this.#damaged(column, 'a text')
  }

  number(column: string): number {
    const value = this.#row[column]
    return typeof value === 'number' ? value : this.#damaged(column, 'a number')
  }

  optionalText(column: string): string | undefined {
    return this.#row[column] === null ? undefined : this.text(column)
  }

  optionalNumber(column: string): number | undefined {
    return this.#row[column] === null ? undefined : this.number(column)
  }

  /** One of the keys of `values`. */
  oneOf<T extends string>(column: string, values: Readonly<Record<T, true>>): T {
    const value = this.text(column)
    for (const known in values) if (known === value) return known
    return this.#damaged(column, `one of ${Object.keys(values).join(', ')}`)
  }

  /** A JSON text whose value `isShape` accepts; `shape` names it in the error. */
  json<T>(column: string, shape: string, isShape: (value: unknown) => value is T): T {
    const value = this.#parse(column, shape)
    return isShape(value) ? value : this.#damaged(column, shape)
  }

  optionalJson<T>(
    column: string,
    shape: string,
    isShape: (value: unknown) => value is T,
  ): T | undefined {
    return this.#row[column] === null ? undefined : this.json(column, shape, isShape)
  }

  /** The rows of a column that holds an array of rows. */
  rows<T>(column: string, read: (row: RowReader) => T): T[] {
    const value = this.#row[column]
    if (!Array.isArray(value)) return this.#damaged(column, 'rows')
    return value.map((row) =>
      isRecord(row) ? read(new RowReader(this.#location, row)) : this.#damaged(column, 'rows'),
    )
  }

  #parse(column: string, shape: string): unknown {
    const text = this.text(column)
    try {
      return JSON.parse(text)
    } catch (error) {
      return this.#damaged(column, shape, error)
    }
  }

  #damaged(column: string, expected: string, cause?: unknown): never {
    throw storeUnavailable(
      this.#location,
      `the column ${column} of a row does not hold ${expected}. Restore it from a backup, or delete that row`,
      cause,
    )
  }
}
