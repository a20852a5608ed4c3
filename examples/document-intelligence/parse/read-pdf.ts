import { extractImages, getDocumentProxy } from 'unpdf'
import { encodePng } from './encode-png.ts'
import { layOutLines, type Piece } from './lay-out-lines.ts'
import { DocumentError, type Page, type Reading } from './page.ts'
import type { ScanReader } from './scan-reader.ts'

/** Recognition takes seconds for a page. */
const mostScannedPages = 40
const mostPages = 2_000
/** Fewer characters than this are a stamp or a page number, not the text of a page. */
const leastText = 12

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>
type PdfPage = Awaited<ReturnType<Pdf['getPage']>>

/** The pages of a PDF one after the other; those that are only images go through text recognition. */
export async function* readPdf(bytes: Buffer, scans: ScanReader): AsyncGenerator<Reading> {
  const pdf = await openPdf(bytes)
  const last = Math.min(pdf.numPages, mostPages)
  let scanned = 0
  for (let number = 1; number <= last; number++) {
    const reading = await readPage(pdf, number, scanned < mostScannedPages ? scans : undefined)
    if (reading.wasScanned) scanned++
    yield reading.result
  }
  if (last < pdf.numPages) {
    yield { from: last + 1, to: pdf.numPages, why: `only the first ${mostPages} pages are read` }
  }
}

async function openPdf(bytes: Buffer): Promise<Pdf> {
  try {
    return await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 })
  } catch (error) {
    if (error instanceof Error && error.name === 'PasswordException') {
      const message = 'The PDF is protected by a password. Save it without one.'
      throw new DocumentError('password', message, { cause: error })
    }
    const message = 'The PDF is damaged and cannot be opened. It may have been cut off.'
    throw new DocumentError('corrupt', message, { cause: error })
  }
}

async function readPage(
  pdf: Pdf,
  number: number,
  scans: ScanReader | undefined,
): Promise<{ result: Reading; wasScanned: boolean }> {
  const unread = (why: string) => ({ from: number, to: number, why })
  try {
    const page = await pdf.getPage(number)
    const { width, height } = page.getViewport({ scale: 1 })
    const lines = layOutLines(await textOf(page))
    const result: Page = { number, size: { width, height }, ...lines }
    if (lines.text.trim().length >= leastText) return { result, wasScanned: false }
    const image = await largestImage(pdf, number)
    if (!image) return { result, wasScanned: false }
    if (!scans) {
      return {
        result: unread(`only ${mostScannedPages} scanned pages of a file are recognised`),
        wasScanned: false,
      }
    }
    const words = await scans.read(encodePng(image))
    const scale = { x: width / image.width, y: height / image.height }
    return {
      result: { number, size: { width, height }, ...layOutLines(scaled(words, scale)) },
      wasScanned: true,
    }
  } catch (error) {
    // A page that cannot be read is no reason to lose the others.
    const why = error instanceof Error ? error.message : String(error)
    return { result: unread(`the page is damaged: ${why}`), wasScanned: false }
  }
}

async function textOf(page: PdfPage): Promise<Piece[]> {
  const { transform } = page.getViewport({ scale: 1 })
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = transform
  const { items } = await page.getTextContent()
  const pieces: Piece[] = []
  for (const item of items) {
    if (!('str' in item) || item.str.trim() === '') continue
    const [, , slant = 0, size = 10, left = 0, baseline = 0] = item.transform as number[]
    const height = Math.hypot(slant, size) || item.height || 10
    const x = a * left + c * baseline + e
    const y = b * left + d * baseline + f
    // Letters reach about four fifths of their size above the line that they stand on.
    pieces.push({ text: item.str, x, y: y - 0.8 * height, width: item.width, height })
  }
  page.cleanup()
  return pieces
}

type PdfImage = Awaited<ReturnType<typeof extractImages>>[number]

async function largestImage(pdf: Pdf, number: number): Promise<PdfImage | undefined> {
  const images = await extractImages(pdf, number)
  return images.toSorted((one, other) => areaOf(other) - areaOf(one))[0]
}

const areaOf = ({ width, height }: PdfImage): number => width * height

/** A scan fills its page, so its pixels are mapped to the page as a whole. */
function scaled(words: readonly Piece[], scale: { x: number; y: number }): Piece[] {
  return words.map((word) => ({
    ...word,
    x: word.x * scale.x,
    y: word.y * scale.y,
    width: word.width * scale.x,
    height: word.height * scale.y,
  }))
}
