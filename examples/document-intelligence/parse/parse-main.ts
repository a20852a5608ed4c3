import { readFile } from 'node:fs/promises'
import { detectKind, type Kind } from './detect-kind.ts'
import { DocumentError, type Reading } from './page.ts'
import { decodeText, readMarkdown, readText } from './read-text.ts'
import { createScanReader, type ScanReader } from './scan-reader.ts'

/**
 * The process in which one file is read, so that a file that takes all memory or all time takes them
 * from this process alone. Each page is handed on as soon as it is read.
 */
export type ParserMessage =
  | { readonly kind: Kind }
  | { readonly reading: Reading }
  | { readonly problem: { readonly code: DocumentError['code']; readonly message: string } }

const say = (message: ParserMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error ? reject(error) : resolve()))
  })

/** A reader's module is loaded only for its kind: that of PDF takes longer than most files. */
async function openReader(kind: Kind, bytes: Buffer, scans: ScanReader) {
  switch (kind) {
    case 'pdf':
      return (await import('./read-pdf.ts')).readPdf(bytes, scans)
    case 'docx':
      return (await import('./read-docx.ts')).readDocx(bytes)
    case 'html':
      return (await import('./read-html.ts')).readHtml(decodeText(bytes))
    case 'markdown':
      return readMarkdown(bytes)
    case 'text':
      return readText(bytes)
    case 'png':
    case 'jpeg':
      return (await import('./read-image.ts')).readImage(bytes, scans)
  }
}

async function parse(path: string, name: string): Promise<void> {
  const scans = createScanReader()
  try {
    const bytes = await readFile(path)
    const kind = detectKind(bytes, name)
    await say({ kind })
    let pages = 0
    for await (const reading of await openReader(kind, bytes, scans)) {
      await say({ reading })
      pages++
    }
    if (pages === 0) throw new DocumentError('empty', 'The document holds no text.')
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error
    await say({ problem: { code: error.code, message: error.message } })
  } finally {
    await scans.close()
  }
}

const [path = '', name = ''] = process.argv.slice(2)
await parse(path, name)
process.disconnect()
