import { CsvError, parse } from 'csv-parse/sync'
import { type Brief, briefSchema } from '../writing/brief.ts'

/** The columns of a file of briefs. Facts within a cell are divided by semicolons. */
export const columns = [
  'topic',
  'audience',
  'tone',
  'words',
  'must_appear',
  'must_not_appear',
] as const

/** A row of the file: a brief, or what is wrong with it. Rows are counted as a spreadsheet does. */
export type Row =
  | { readonly row: number; readonly brief: Brief }
  | { readonly row: number; readonly problems: readonly string[] }

/** More articles than an editor can look after. */
const mostRows = 500

/** Reads briefs from CSV text: commas or semicolons, with or without a byte order mark. */
export function readCsv(text: string): readonly Row[] {
  let records: readonly Record<string, string>[]
  try {
    records = parse<Record<string, string>>(text, {
      bom: true,
      columns: (names: string[]) => names.map(columnName),
      delimiter: text.slice(0, text.indexOf('\n')).includes(',') ? ',' : ';',
      skip_empty_lines: true,
      trim: true,
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return [{ row: 1, problems: [`The file cannot be read as CSV: ${error.message}`] }]
  }
  if (records.length > mostRows) {
    const problem = `The file has ${records.length} rows; split it into files of at most ${mostRows}.`
    return [{ row: 1, problems: [problem] }]
  }
  return records.map((record, index) => readRow(record, index + 2))
}

const columnName = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')

function readRow(record: Record<string, string>, row: number): Row {
  const missing = columns.filter((name) => !(name in record))
  if (missing.length > 0) return { row, problems: [`Columns are missing: ${missing.join(', ')}`] }
  const list = (cell = '') =>
    cell
      .split(/[;|]/)
      .map((each) => each.trim())
      .filter((each) => each !== '')
  const parsed = briefSchema.safeParse({
    topic: record.topic,
    audience: record.audience,
    tone: record.tone?.toLowerCase(),
    words: Number(record.words),
    mustAppear: list(record.must_appear),
    mustNotAppear: list(record.must_not_appear),
  })
  if (parsed.success) return { row, brief: parsed.data }
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  return { row, problems }
}
