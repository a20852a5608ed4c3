import { PDFDocument, type PDFFont, type PDFPage, rgb, StandardFonts } from 'pdf-lib'

/** A4 in points. */
export const paper = { width: 595.28, height: 841.89 }
const margin = 56
const ink = rgb(0.1, 0.13, 0.18)
const accent = rgb(0.05, 0.36, 0.42)
const soft = rgb(0.42, 0.46, 0.5)

export interface TextStyle {
  readonly size?: number
  readonly bold?: boolean
  readonly tone?: 'ink' | 'accent' | 'soft'
  /** The text ends at `x` instead of beginning there. */
  readonly alignRight?: boolean
}

/** Draws on pages from the top down, a line after the other. */
export interface PdfWriter {
  readonly left: number
  readonly right: number
  /** The distance from the top at which the next line is drawn. */
  y: number
  text(words: string, x?: number, style?: TextStyle): void
  /** Several texts on one line, and the line below it. */
  row(
    cells: readonly (readonly [words: string, x: number, style?: TextStyle])[],
    lead?: number,
  ): void
  /** Words over as many lines as they need. */
  paragraph(words: string, style?: TextStyle): void
  rule(): void
  newPage(): void
  save(): Promise<Uint8Array>
}

export async function createPdf(title: string): Promise<PdfWriter> {
  const pdf = await PDFDocument.create()
  pdf.setTitle(title)
  // The same bytes on every run, so that a diff shows what changed.
  const day = new Date('2026-03-01T09:00:00Z')
  pdf.setCreationDate(day)
  pdf.setModificationDate(day)
  const plain = await pdf.embedFont(StandardFonts.Helvetica)
  const bold = await pdf.embedFont(StandardFonts.HelveticaBold)
  let page: PDFPage = pdf.addPage([paper.width, paper.height])
  const fontOf = (style: TextStyle): PDFFont => (style.bold ? bold : plain)
  const writer: PdfWriter = {
    left: margin,
    right: paper.width - margin,
    y: margin,
    text(words, x = margin, style = {}) {
      const { size = 10, tone = 'ink', alignRight = false } = style
      const font = fontOf(style)
      const color = { ink, accent, soft }[tone]
      const at = alignRight ? x - font.widthOfTextAtSize(words, size) : x
      page.drawText(words, { x: at, y: paper.height - writer.y - size, size, font, color })
    },
    row(cells, lead = 16) {
      for (const [words, x, style] of cells) writer.text(words, x, style)
      writer.y += lead
    },
    paragraph(words, style = {}) {
      const size = style.size ?? 10
      for (const line of wrap(words, fontOf(style), size, writer.right - margin)) {
        if (writer.y > paper.height - margin - size) writer.newPage()
        writer.row([[line, margin, style]], size * 1.45)
      }
      writer.y += size * 0.6
    },
    rule() {
      const y = paper.height - writer.y
      const ends = { start: { x: margin, y }, end: { x: writer.right, y } }
      page.drawLine({ ...ends, thickness: 0.6, color: rgb(0.8, 0.83, 0.85) })
      writer.y += 8
    },
    newPage() {
      page = pdf.addPage([paper.width, paper.height])
      writer.y = margin
    },
    save: () => pdf.save(),
  }
  return writer
}

function wrap(words: string, font: PDFFont, size: number, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && font.widthOfTextAtSize(longer, size) > width) {
      lines.push(line)
      line = word
    } else {
      line = longer
    }
  }
  return [...lines, line]
}
