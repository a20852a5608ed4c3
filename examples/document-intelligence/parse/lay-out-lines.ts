import type { Box } from './page.ts'

/** A piece of text with its place on the page: an item of a PDF or a word of a scan. */
export interface Piece {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly confidence?: number
}

/** A gap of this many heights between two pieces is one between columns, not between words. */
const columnGap = 1
/** A smaller gap than this is within a word. */
const wordGap = 0.12
/** From here on the distance of two lines is that of two paragraphs. */
const paragraphGap = 1.8

/**
 * Puts pieces into lines as the eye does: what stands side by side is a line, whatever the order in the
 * file. So an amount stays beside its label, and a row of a table is one line with tabs between cells.
 */
export function layOutLines(pieces: readonly Piece[]): { text: string; boxes: Box[] } {
  let text = ''
  const boxes: Box[] = []
  let before: Line | undefined
  for (const line of groupIntoLines(pieces)) {
    if (before) text += line.middle - before.middle > paragraphGap * before.height ? '\n\n' : '\n'
    let right: number | undefined
    for (const piece of line.pieces) {
      if (right !== undefined) text += gapBetween(right, piece, text)
      const start = text.length
      text += piece.text
      boxes.push({ start, end: text.length, ...placeOf(piece) })
      right = piece.x + piece.width
    }
    before = line
  }
  return { text, boxes }
}

interface Line {
  middle: number
  height: number
  readonly pieces: Piece[]
}

const middleOf = (piece: Piece): number => piece.y + piece.height / 2

function groupIntoLines(pieces: readonly Piece[]): Line[] {
  const lines: Line[] = []
  for (const piece of pieces.toSorted((one, other) => middleOf(one) - middleOf(other))) {
    const line = lines.at(-1)
    const reach = Math.min(piece.height, line?.height ?? 0) / 2
    if (line && middleOf(piece) - line.middle <= reach) {
      line.pieces.push(piece)
      line.height = Math.max(line.height, piece.height)
    } else {
      lines.push({ middle: middleOf(piece), height: piece.height, pieces: [piece] })
    }
  }
  for (const line of lines) line.pieces.sort((one, other) => one.x - other.x)
  return lines
}

function gapBetween(right: number, piece: Piece, before: string): string {
  const gap = (piece.x - right) / piece.height
  if (gap >= columnGap) return '\t'
  const isSpaced = /\s$/.test(before) || /^\s/.test(piece.text)
  return gap > wordGap && !isSpaced ? ' ' : ''
}

/** Rounded: a hundredth of a point is nothing that anybody sees. */
function placeOf({ x, y, width, height, confidence }: Piece): Omit<Box, 'start' | 'end'> {
  const round = (value: number): number => Math.round(value * 100) / 100
  return {
    x: round(x),
    y: round(y),
    width: round(width),
    height: round(height),
    ...(confidence !== undefined && { confidence: round(confidence) }),
  }
}
