import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { DocumentError } from './page.ts'

const mostEntries = 2_000
/** Of a file that is unpacked in memory. */
const mostBytes = 100 * 1024 * 1024

/**
 * Looks into a zip container before anything unpacks it. What an archive says of its sizes may be a lie,
 * so every entry is inflated once, counted, and thrown away.
 *
 * @returns the names of its entries.
 * @throws DocumentError `corrupt`, `hostile` for one that unpacks into too much or has names that lead
 * out of its folder, `password` for one that is encrypted.
 */
export async function checkZip(bytes: Buffer): Promise<string[]> {
  const zip = await openZip(bytes)
  const names: string[] = []
  let unpacked = 0
  try {
    for await (const entry of zip.eachEntry()) {
      names.push(entry.fileName)
      if (entry.isEncrypted()) {
        throw new DocumentError('password', 'The file is protected by a password.')
      }
      if (names.length > mostEntries) throw bomb(`more than ${mostEntries} files`)
      unpacked += await countBytes(zip, entry, mostBytes - unpacked)
    }
  } catch (error) {
    throw error instanceof DocumentError ? error : explain(error)
  }
  return names
}

async function openZip(bytes: Buffer): Promise<ZipFile> {
  try {
    return await yauzl.fromBufferPromise(bytes)
  } catch (error) {
    throw explain(error)
  }
}

async function countBytes(zip: ZipFile, entry: Entry, most: number): Promise<number> {
  if (entry.fileName.endsWith('/')) return 0
  const stream = await zip.openReadStreamPromise(entry)
  let count = 0
  for await (const part of stream) {
    count += (part as Buffer).length
    if (count > most) {
      stream.destroy()
      throw bomb(`${mostBytes / 1024 / 1024} MB or more`)
    }
  }
  return count
}

function bomb(what: string): DocumentError {
  return new DocumentError(
    'hostile',
    `The file unpacks into ${what}, which no document does. It was not opened.`,
  )
}

function explain(error: unknown): DocumentError {
  const message = error instanceof Error ? error.message : String(error)
  if (/relative path|absolute path|invalid characters/.test(message)) {
    return new DocumentError(
      'hostile',
      'The file holds names that lead out of its own folder, which no document does. It was not opened.',
      { cause: error },
    )
  }
  return new DocumentError('corrupt', 'The file is damaged and cannot be unpacked.', {
    cause: error,
  })
}
