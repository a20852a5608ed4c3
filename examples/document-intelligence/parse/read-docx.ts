import mammoth from 'mammoth'
import { checkZip } from './check-zip.ts'
import { DocumentError, type Reading } from './page.ts'
import { readHtml } from './read-html.ts'

/** A Word document: by way of HTML, which keeps its tables and lists. Its images are left out. */
export async function* readDocx(bytes: Buffer): AsyncGenerator<Reading> {
  const names = await checkZip(bytes)
  if (!names.includes('word/document.xml')) {
    throw new DocumentError(
      'unknown-kind',
      'The file is a ZIP archive and no Word document. Unpack it, and bring the files in it.',
    )
  }
  yield* readHtml(await toHtml(bytes))
}

async function toHtml(bytes: Buffer): Promise<string> {
  const withoutImages = mammoth.images.imgElement(async () => ({ src: '' }))
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer: bytes },
      { convertImage: withoutImages, externalFileAccess: false },
    )
    return value
  } catch (error) {
    const message = 'The Word document is damaged and cannot be opened.'
    throw new DocumentError('corrupt', message, { cause: error })
  }
}
