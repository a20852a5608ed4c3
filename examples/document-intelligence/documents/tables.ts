import type { Box, Page } from '../parse/page.ts'

/** A table of a document. Its rows all have as many cells as its columns are. */
export interface Table {
  readonly page: number
  /** Where it begins and ends in the page's text. */
  readonly start: number
  readonly end: number
  readonly rows: readonly (readonly string[])[]
}

interface Cell {
  readonly text: string
  readonly left: number
  readonly right: number
}

interface Line {
  readonly start: number
  readonly end: number
  readonly cells: readonly Cell[]
  readonly isAfterGap: boolean
}

/** Fewer rows are a line with its heading, such as the labels of a form. */
const leastRows = 3

/**
 * The tables of a page: lines with tabs that follow one another. Where the text stands on a page, a cell
 * belongs to the column above and below it, so that an empty cell does not move those behind it.
 */
export function findTables(page: Page): Table[] {
  const tables: Table[] = []
  let run: Line[] = []
  const close = (): void => {
    const [first, last] = [run[0], run.at(-1)]
    const rows = first ? alignRows(run) : []
    if (first && last && rows.length >= leastRows) {
      tables.push({ page: page.number, start: first.start, end: last.end, rows })
    }
    run = []
  }
  for (const line of linesOf(page)) {
    const isRow = line.cells.length > 1
    const previous = run.at(-1)
    if (!isRow || (previous && !fits(previous, line))) close()
    if (isRow) run.push(line)
  }
  close()
  return tables
}

function linesOf({ text, boxes }: Page): Line[] {
  const lines: Line[] = []
  let start = 0
  for (const line of text.split('\n')) {
    if (line.trim() !== '') {
      const isAfterGap = text.slice(0, start).endsWith('\n\n')
      lines.push({
        start,
        end: start + line.length,
        cells: cellsOf(line, start, boxes),
        isAfterGap,
      })
    }
    start += line.length + 1
  }
  return lines
}

/** Without places on a page, a cell stands where its number says. */
function cellsOf(line: string, start: number, boxes: readonly Box[]): Cell[] {
  let at = start
  return line.split('\t').map((text, column) => {
    const [from, to] = [at, at + text.length]
    at = to + 1
    const places = boxes.filter((box) => box.start < to && box.end > from)
    if (places.length === 0) return { text: text.trim(), left: column, right: column + 0.5 }
    const left = Math.min(...places.map(({ x }) => x))
    return { text: text.trim(), left, right: Math.max(...places.map(({ x, width }) => x + width)) }
  })
}

const overlaps = (one: Cell, other: Cell): boolean =>
  one.left < other.right && other.left < one.right

/** Two lines are of one table when most cells of the shorter stand in columns of the other. */
function fits(above: Line, line: Line): boolean {
  const [few, many] =
    above.cells.length < line.cells.length ? [above.cells, line.cells] : [line.cells, above.cells]
  if (many.length - few.length > 2 || (line.isAfterGap && many.length !== few.length)) return false
  return few.filter((cell) => many.some((other) => overlaps(cell, other))).length > few.length / 2
}

/** The columns are those of the widest rows; the cells of the others go where they stand. */
function alignRows(lines: readonly Line[]): string[][] {
  const width = Math.max(...lines.map(({ cells }) => cells.length))
  const full = lines.filter(({ cells }) => cells.length === width)
  const columns = Array.from({ length: width }, (_each, at): Cell => {
    const cells = full.flatMap((line) => line.cells[at] ?? [])
    return {
      text: '',
      left: Math.min(...cells.map(({ left }) => left)),
      right: Math.max(...cells.map(({ right }) => right)),
    }
  })
  return lines.map(({ cells }) => {
    if (cells.length === width) return cells.map(({ text }) => text)
    const row = new Array<string>(width).fill('')
    for (const cell of cells) {
      const at = columns.findIndex((column) => overlaps(column, cell))
      const free = at === -1 ? row.indexOf('') : at
      if (free !== -1) row[free] = [row[free], cell.text].filter((text) => text !== '').join(' ')
    }
    return row
  })
}
