import { crc32, deflateRawSync } from 'node:zlib'
import { PDFDocument, PDFHexString, PDFName, StandardFonts } from 'pdf-lib'

/** A PDF with a page for each text; what is on the page `broken` is garbage. */
export async function pdfOf(
  texts: readonly string[],
  { broken }: { readonly broken?: number } = {},
): Promise<Uint8Array> {
  const pdf = await PDFDocument.create()
  const font = await pdf.embedFont(StandardFonts.Helvetica)
  for (const text of texts) {
    const page = pdf.addPage([595, 842])
    for (const [at, line] of text.split('\n').entries()) {
      page.drawText(line, { x: 50, y: 780 - at * 14, size: 10, font })
    }
  }
  if (broken !== undefined) {
    const garbage = pdf.context.stream('no stream at all', { Filter: 'FlateDecode' })
    pdf.getPage(broken - 1).node.set(PDFName.of('Contents'), pdf.context.register(garbage))
  }
  return pdf.save()
}

/** A PDF that says it is encrypted with a password that nobody knows. */
export async function lockedPdf(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create()
  pdf.addPage([595, 842])
  const { context } = pdf
  const secret = PDFHexString.of('5a'.repeat(32))
  const lock = context.obj({ Filter: 'Standard', V: 1, R: 2, Length: 40, P: -4 })
  lock.set(PDFName.of('O'), secret)
  lock.set(PDFName.of('U'), secret)
  context.trailerInfo.Encrypt = context.register(lock)
  context.trailerInfo.ID = context.obj([
    PDFHexString.of('00'.repeat(16)),
    PDFHexString.of('00'.repeat(16)),
  ])
  return pdf.save({ useObjectStreams: false })
}

export interface ZipEntry {
  readonly name: string
  readonly content: Buffer
  /** What the archive says of the size, where it lies. */
  readonly saidSize?: number
}

/** A zip archive by hand, since a well-kept packer makes no bad ones. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, saidSize = content.length } of entries) {
    const packed = deflateRawSync(content, { level: 9 })
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(8, 4)
    facts.writeUInt32LE(crc32(content), 10)
    facts.writeUInt32LE(packed.length, 14)
    facts.writeUInt32LE(saidSize, 18)
    facts.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([
      Buffer.from('PK\x03\x04', 'latin1'),
      facts,
      Buffer.from(name),
      packed,
    ])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    directory.push(
      Buffer.from('PK\x01\x02\x14\x00', 'latin1'),
      Buffer.concat([facts, tail, Buffer.from(name)]),
    )
    bodies.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...bodies, central, end])
}

/** The head of a PNG that says how large it is, and nothing behind it. */
export function pngHead(width: number, height: number): Buffer {
  const head = Buffer.alloc(64)
  head.write('\x89PNG\r\n\x1a\n', 'latin1')
  head.writeUInt32BE(13, 8)
  head.write('IHDR', 12, 'latin1')
  head.writeUInt32BE(width, 16)
  head.writeUInt32BE(height, 20)
  return head
}
