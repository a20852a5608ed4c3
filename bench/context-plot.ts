/** A plot in the terminal: columns for what is varied, rows to a logarithmic scale. */
export interface PlotLine {
  /** One letter. */
  readonly mark: string
  /** By column; a line may end early. */
  readonly values: readonly (number | undefined)[]
}

const rows = 14
const cellWidth = 8

/** Lines of text; where lines meet, their marks stand beside each other. */
export function logPlot(
  columns: readonly string[],
  lines: readonly PlotLine[],
  label: (value: number) => string,
): string[] {
  const values = lines.flatMap((line) => line.values).filter((value) => value !== undefined)
  const [low, high] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))]
  const step = (high - low) / (rows - 1) || 1
  const rowOf = (value: number) => Math.round((Math.log10(value) - low) / step)
  const plot: string[] = []
  for (let row = rows - 1; row >= 0; row--) {
    const cells = columns.map((_, column) => {
      const marks = lines.filter(({ values: own }) => {
        const value = own[column]
        return value !== undefined && rowOf(value) === row
      })
      return marks
        .map(({ mark }) => mark)
        .join('')
        .padStart(cellWidth)
    })
    plot.push(`${label(10 ** (low + row * step)).padStart(10)} │${cells.join('')}`.trimEnd())
  }
  const axis = `${''.padStart(10)} └${'─'.repeat(cellWidth * columns.length)}`
  return [
    ...plot,
    axis,
    `${''.padStart(10)}  ${columns.map((each) => each.padStart(cellWidth)).join('')}`,
  ]
}
