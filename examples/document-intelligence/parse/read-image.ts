import { layOutLines } from './lay-out-lines.ts'
import { DocumentError, type Reading } from './page.ts'
import type { ScanReader } from './scan-reader.ts'

/** A4 at 600 dpi. Beyond it an image is not opened: its pixels take four bytes each in memory. */
const mostPixels = 40_000_000

/** A scanned page. */
export async function* readImage(bytes: Buffer, scans: ScanReader): AsyncGenerator<Reading> {
  const size = bytes[0] === 0x89 ? sizeOfPng(bytes) : sizeOfJpeg(bytes)
  if (!size || size.width === 0 || size.height === 0) {
    throw new DocumentError('corrupt', 'The image is damaged: it does not say how large it is.')
  }
  if (size.width * size.height > mostPixels) {
    throw new DocumentError(
      'too-large',
      `The image has ${size.width} × ${size.height} pixels; at most ${mostPixels / 1_000_000} million are read. Scan it at 300 dpi.`,
    )
  }
  try {
    yield { number: 1, size, ...layOutLines(await scans.read(bytes)) }
  } catch (error) {
    const message = 'The image is damaged and cannot be opened.'
    throw new DocumentError('corrupt', message, { cause: error })
  }
}

interface Size {
  readonly width: number
  readonly height: number
}

function sizeOfPng(bytes: Buffer): Size | undefined {
  if (bytes.length < 33) return undefined
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

/** The size stands in the frame header, behind any number of other segments. */
function sizeOfJpeg(bytes: Buffer): Size | undefined {
  let at = 2
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}
