/** Classes of characters, by their UTF-16 code, for code that runs once per character. */

const space = 0x20
const doubleQuote = 0x22
const singleQuote = 0x27
const backtick = 0x60

/** White space as JSON, JavaScript and language models write it, zero-width characters included. */
export function isSpace(code: number): boolean {
  if (code <= space) return code === space || (code >= 0x09 && code <= 0x0d)
  if (code < 0x85) return false
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    code === 0x180e ||
    (code >= 0x2000 && code <= 0x200d) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x2060 ||
    code === 0x3000 ||
    code === 0xfeff
  )
}

export function isNewline(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** A letter of any script, a digit or an underscore. */
export function isWord(code: number): boolean {
  if (isDigit(code)) return true
  if ((code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f) return true
  if (!(code >= 0xaa)) return false
  return !isSpace(code) && !isQuote(code) && !isPunctuation(code)
}

/** Punctuation outside ASCII that stands beside words and is no part of them. */
function isPunctuation(code: number): boolean {
  return (
    (code >= 0xab && code <= 0xbf && code !== 0xb5 && code !== 0xba) ||
    (code >= 0x2010 && code <= 0x206f) ||
    (code >= 0x3001 && code <= 0x3011) ||
    (code >= 0xff01 && code <= 0xff0f)
  )
}

/** A character that can open a string. */
export function isQuote(code: number): boolean {
  return (
    code === doubleQuote ||
    code === singleQuote ||
    code === backtick ||
    code === 0x2018 ||
    code === 0x201c ||
    code === 0x201e ||
    code === 0x201d ||
    code === 0x2019 ||
    code === 0xab
  )
}

/** Whether `code` can close a string that `open` opened: `"` by `"`, `“` by any double quote. */
export function closesQuote(open: number, code: number): boolean {
  if (open === code) return true
  switch (open) {
    case doubleQuote:
    case singleQuote:
      return false
    case backtick:
      return code === 0xb4
    case 0xab:
      return code === 0xbb
    case 0x2018:
    case 0x2019:
      return code === 0x2019 || code === 0x2018 || code === singleQuote
    default:
      return code === 0x201d || code === 0x201c || code === doubleQuote
  }
}

export const isOpener = (code: number): boolean => code === 0x7b || code === 0x5b || code === 0x28

export const isCloser = (code: number): boolean => code === 0x7d || code === 0x5d || code === 0x29

/** The place of the first character at or after `position` that is not white space. */
export function skipSpace(text: string, position: number): number {
  let at = position
  while (at < text.length && isSpace(text.charCodeAt(at))) at++
  return at
}

export function hasNewline(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (isNewline(text.charCodeAt(at))) return true
  return false
}
