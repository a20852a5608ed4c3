import type { RuleName } from './rule-names.ts'
import type { ChangeClass } from './verdict.ts'

/**
 * Backslashes in strings.
 *
 * Models forget to double them: `"C:\Users\new"`, `"\d+"`, `"\frac{1}{2}"`. An escape that JSON does
 * not know keeps its backslash. An escape that JSON does know is read as JSON says, unless the
 * characters behind it spell a TeX command or the string is a Windows path, since nobody writes a
 * form feed followed by `rac{1}{2}`. Where both readings make sense the string is ambiguous.
 */

/** A string with its escapes read, and what had to be decided on the way. */
export interface Decoded {
  readonly text: string
  /** The rule that was needed beyond JSON. */
  readonly rule?: RuleName
  readonly class?: ChangeClass
  readonly ambiguous?: boolean
}

const simple: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '/': '/',
  '\\': '\\',
  '"': '"',
}

/** The rest of a TeX command whose first letter JSON would take for an escape. */
const texTails: Readonly<Record<string, RegExp>> = {
  b: /^(?:egin|eta|inom|oldsymbol|mathbf|oxed|igcup|igcap|ar(?=\{))(?![a-z])/,
  f: /^(?:rac|orall|box)(?![a-z])/,
  n: /^(?:abla|otin|eq(?=\s*[\d\\{a-z]\b))(?![a-z])/,
  r: /^(?:ho|ight|ightarrow|angle(?=[\s$|\\]))(?![a-z])/,
  t: /^(?:imes|heta|ext(?=\{)|extbf|extit|frac|herefore|riangle|anh|ilde(?=\{))(?![a-z])/,
}

/** The TeX commands whose first letter JSON would take for an escape. */
const texCommand =
  /b(?:egin|eta|inom|oldsymbol|oxed|igc[ua]p|ar\{)|f(?:rac|orall|box)|n(?:abla|otin|eq)|r(?:ho|ight|angle)|t(?:imes|heta|ext|frac|herefore|riangle|anh|ilde\{)/y

/** The second letters of these commands. */
const secondLetters = Array.from('aefhior', (letter) => letter.charCodeAt(0))

const windowsPath = /^(?:[A-Za-z]:\\|\\\\(?=[\w.]))/
/** Escapes of regular expressions that JSON does not know. */
const regexEscape = /(?<!\\)(?:\\\\)*\\[dDwWsSAZpPBG]/

/** Whether JSON would read a TeX command in this raw text as a control character. */
export function hidesTexCommand(raw: string): boolean {
  // In steps of an escape, so that a doubled backslash hides nothing.
  for (let at = raw.indexOf('\\'); at >= 0; at = raw.indexOf('\\', at + 2)) {
    // Most escapes are of a quote, or of a line end in front of other letters.
    if (raw.charCodeAt(at + 1) < 0x62 || !secondLetters.includes(raw.charCodeAt(at + 2))) continue
    texCommand.lastIndex = at + 1
    if (texCommand.test(raw)) return true
  }
  return false
}

/** Reads the escapes of the raw characters between two quotes. */
export function decodeEscapes(raw: string): Decoded {
  let backslash = raw.indexOf('\\')
  if (backslash < 0) return { text: raw }
  const literal = windowsPath.test(raw) && !onlyJsonEscapes(raw)
  const regex = regexEscape.test(raw)
  const parts: string[] = []
  let from = 0
  let unknown = false
  let literalBackslash = false
  let ambiguous = false
  while (backslash >= 0) {
    parts.push(raw.slice(from, backslash))
    const found = readEscape(raw, backslash)
    const letter = raw.charAt(backslash + 1)
    const isControl = letter !== '' && 'bfnrt'.includes(letter)
    // A code point that is cut short is no text that anybody meant.
    if (found === undefined && !literal && /^u[\da-fA-F]/.test(raw.slice(backslash + 1))) {
      ambiguous = true
    }
    if (found === undefined || (literal && letter !== '\\')) {
      parts.push('\\')
      unknown = true
      from = backslash + 1
    } else if (isControl && (startsTex(raw, backslash) || (regex && letter === 'b'))) {
      parts.push('\\')
      literalBackslash = true
      from = backslash + 1
    } else {
      // In a regular expression `\t` may be the tab or the escape; the texts differ.
      if (isControl && regex && letter !== 'n') ambiguous = true
      parts.push(found.text)
      from = backslash + found.length
    }
    backslash = raw.indexOf('\\', from)
  }
  parts.push(raw.slice(from))
  const text = parts.join('')
  if (literalBackslash) return { text, rule: 'literal-backslash', class: 'likely', ambiguous }
  if (unknown) return { text, rule: 'unknown-escape', class: 'lossless', ambiguous }
  return { text }
}

/** The escape at `at`, or undefined where JSON and JavaScript know none. */
function readEscape(raw: string, at: number): { text: string; length: number } | undefined {
  const letter = raw.charAt(at + 1)
  const known = simple[letter]
  if (known !== undefined) return { text: known, length: 2 }
  if (letter === 'u') return readUnicode(raw, at)
  if (letter === 'x') {
    const hex = /^[\da-fA-F]{2}/.exec(raw.slice(at + 2, at + 4))
    return hex ? { text: String.fromCharCode(Number.parseInt(hex[0], 16)), length: 4 } : undefined
  }
  // A quote of any kind needs no escape here, and an escaped line end continues the line.
  if (letter !== '' && "'`“”„‘’".includes(letter)) return { text: letter, length: 2 }
  if (letter === '\n') return { text: '', length: 2 }
  return undefined
}

function readUnicode(raw: string, at: number): { text: string; length: number } | undefined {
  const digits = raw.slice(at + 2, at + 6)
  if (/^[\da-fA-F]{4}$/.test(digits)) {
    return { text: String.fromCharCode(Number.parseInt(digits, 16)), length: 6 }
  }
  const braced = /^\{([\da-fA-F]{1,6})\}/.exec(raw.slice(at + 2, at + 10))
  const point = braced?.[1] === undefined ? Number.NaN : Number.parseInt(braced[1], 16)
  if (braced === null || !(point <= 0x10ffff)) return undefined
  return { text: String.fromCodePoint(point), length: 2 + braced[0].length }
}

function startsTex(raw: string, at: number): boolean {
  const tails = texTails[raw.charAt(at + 1)]
  return tails?.test(raw.slice(at + 2, at + 24)) ?? false
}

function onlyJsonEscapes(raw: string): boolean {
  return !/\\(?!["\\/bfnrt]|u[\da-fA-F]{4})/.test(raw.replaceAll('\\\\', ''))
}
