import { DocumentError } from './page.ts'

export const kinds = ['pdf', 'docx', 'html', 'markdown', 'text', 'png', 'jpeg'] as const
export type Kind = (typeof kinds)[number]

const kindsByEnding: Readonly<Record<string, Kind>> = {
  pdf: 'pdf',
  docx: 'docx',
  html: 'html',
  htm: 'html',
  md: 'markdown',
  markdown: 'markdown',
  txt: 'text',
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
}

/** What of a file is looked at. */
const headLength = 4_096

/**
 * What a file is, by its first bytes; its name counts only among kinds of text.
 *
 * @throws DocumentError `empty`, `password`, `corrupt` or `unknown-kind`.
 */
export function detectKind(bytes: Buffer, name: string): Kind {
  if (bytes.length === 0) throw new DocumentError('empty', 'The file is empty.')
  const head = bytes.subarray(0, headLength)
  const start = head.toString('latin1')
  const byName = kindsByEnding[name.toLowerCase().split('.').at(-1) ?? '']
  // Some programs put a few bytes in front; every reader of PDF allows for that.
  if (start.slice(0, 1_024).includes('%PDF-')) return 'pdf'
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (start.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (start.startsWith('PK\x03\x04')) return 'docx'
  if (start.startsWith('\xd0\xcf\x11\xe0')) throw compoundFile(bytes)
  if (byName !== undefined && ['pdf', 'docx', 'png', 'jpeg'].includes(byName)) {
    throw new DocumentError(
      'corrupt',
      `The file is called ${byName.toUpperCase()} but does not begin as one. It may have been cut off or renamed.`,
    )
  }
  if (!isText(head)) {
    throw new DocumentError(
      'unknown-kind',
      'The file is none of PDF, DOCX, HTML, Markdown, plain text, PNG and JPEG.',
    )
  }
  if (/^\s*<(!doctype html|html|head|body)\b/i.test(start)) return 'html'
  return byName ?? 'text'
}

/** Word keeps a document with a password in the container of its old format. */
function compoundFile(bytes: Buffer): DocumentError {
  return bytes.includes(Buffer.from('EncryptedPackage', 'utf16le'))
    ? new DocumentError('password', 'The document is protected by a password. Save it without one.')
    : new DocumentError(
        'unknown-kind',
        'The file is in the old format of Office (.doc). Save it as DOCX.',
      )
}

function isText(head: Buffer): boolean {
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  return isUtf16 || !head.includes(0)
}
