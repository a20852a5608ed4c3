import { plainForm } from './plain-form.ts'

/**
 * Matching on disguised text without losing its offsets.
 *
 * Sensitive values hide behind zero-width characters, full-width digits, typographic dashes and the
 * escapes of JSON inside strings (`\u0040`, `\"`, `\\n`). Matchers would need to know all of these.
 * Instead they read a view: a normalised copy of the text that knows which span of the original each of
 * its units stands for. Findings are made in view units and mapped back, so a replaced span always
 * covers whole escapes and a JSON string stays one. Most texts need no view; they are their own.
 *
 * The mapping is a list of pieces: runs of units that stand for themselves, and single units that stand
 * for `width` characters. It is as long as the disguises are many, and is only searched for findings.
 */
export interface TextView {
  /** The normalised text that matchers read. */
  readonly text: string
  /** The text that offsets of findings refer to. */
  readonly original: string
  /** True where letters of other scripts than Latin, Greek and Cyrillic occur. */
  readonly hasOtherScripts: boolean
  /** In order; absent when the view is the original. */
  readonly pieces?: readonly Piece[]
}

interface Piece {
  /** Index of the first unit, and the original offset that it stands for. */
  readonly index: number
  readonly offset: number
  /** 0 for a run of plain units, else how many characters the one unit stands for. */
  readonly width: number
}

/** Stands for one placeholder or masked value: no matcher takes it for a letter, digit or separator. */
export const opaque = '\uE000'

/** ASCII characters that may begin a disguise: `\\`, `[`, `%`, `&`. */
const suspicious = new Uint8Array(0x80)
for (const character of '\\[%&') suspicious[character.charCodeAt(0)] = 1

const placeholder = /\[(?:[A-Z][A-Z0-9_]{0,40}_\d{1,7}|REDACTION_FAILED len=\d{1,12})\]/y
const unicodeEscape = /u([0-9a-fA-F]{4})/y
const simpleEscapes = new Map(
  Object.entries({ n: '\n', r: '\n', t: '\t', b: ' ', f: ' ', '"': '"', "'": "'", '/': '/' }),
)

/** Builds the view of a text; a text without disguises is its own view. */
export function viewText(original: string): TextView {
  let builder: ViewBuilder | undefined
  let hasOtherScripts = false
  let taken = 0
  let at = 0
  while (at < original.length) {
    const code = original.charCodeAt(at)
    if (isPlain(original, at, code)) {
      if (code >= 0x590 && isOtherScript(code)) hasOtherScripts = true
      at++
      continue
    }
    builder ??= new ViewBuilder(original)
    builder.addRun(original.slice(taken, at), taken)
    at = takeDisguise(builder, original, at)
    taken = at
  }
  if (!builder) return { text: original, original, hasOtherScripts }
  builder.addRun(original.slice(taken), taken)
  return builder.view(hasOtherScripts)
}

/** The same view with each of the given spans (sorted, disjoint, in view units) as one opaque unit. */
export function maskSpans(
  view: TextView,
  spans: readonly { readonly start: number; readonly end: number }[],
): TextView {
  const builder = new ViewBuilder(view.original)
  let at = 0
  for (const span of spans) {
    copy(builder, view, at, span.start)
    const offset = originalStart(view, span.start)
    builder.addUnit(opaque, offset, originalEnd(view, span.end) - offset)
    at = span.end
  }
  copy(builder, view, at, view.text.length)
  return builder.view(view.hasOtherScripts)
}

/** Original offset at which the unit `index` starts. */
export function originalStart(view: TextView, index: number): number {
  const piece = pieceAt(view, index)
  if (!piece) return index
  return piece.width > 0
    ? piece.offset + (index > piece.index ? piece.width : 0)
    : piece.offset + index - piece.index
}

/** Original offset just past the last unit of a span that ends, exclusively, at `index`. */
export function originalEnd(view: TextView, index: number): number {
  const piece = pieceAt(view, index - 1)
  if (!piece) return index
  return piece.offset + (piece.width || index - piece.index)
}

/** Index of the unit that covers an original offset, or of the next one where none does. */
export function viewIndex(view: TextView, offset: number): number {
  const { pieces } = view
  if (!pieces) return offset
  const at = lastWhere(pieces, (piece) => piece.offset <= offset)
  const piece = pieces[at]
  if (!piece) return 0
  const length = (pieces[at + 1]?.index ?? view.text.length) - piece.index
  const inside =
    piece.width > 0 ? (offset < piece.offset + piece.width ? 0 : 1) : offset - piece.offset
  return piece.index + Math.min(inside, length)
}

/**
 * How deep in nested JSON the string is that a quote at `index` opens or closes; 0 outside of JSON too.
 *
 * A delimiter of depth d stands behind 2^d − 1 backslashes of its own, and before these may stand the
 * escaped backslashes of the content, in multiples of 2^(d+1). The depth is therefore the number of ones
 * at the end of the binary count of backslashes.
 */
export function quoteDepth(view: TextView, index: number): number {
  const piece = pieceAt(view, index)
  if (!piece || piece.width === 0) return 0
  let at = piece.offset
  while (view.original.charCodeAt(at) === 0x5c) at++
  return depthOfQuote(at - piece.offset)
}

/** The depth of the string that a quote behind so many backslashes delimits. */
export function depthOfQuote(backslashes: number): number {
  let depth = 0
  while ((backslashes >> depth) & 1) depth++
  return depth
}

function pieceAt(view: TextView, index: number): Piece | undefined {
  return view.pieces?.[lastWhere(view.pieces, (piece) => piece.index <= index)]
}

/** Index of the last piece for which a condition holds that holds for a prefix of the list. */
function lastWhere(pieces: readonly Piece[], holds: (piece: Piece) => boolean): number {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const middle = (low + high) >> 1
    const piece = pieces[middle]
    if (piece && holds(piece)) low = middle + 1
    else high = middle
  }
  return low - 1
}

function copy(builder: ViewBuilder, view: TextView, from: number, to: number): void {
  let at = from
  let next = view.pieces ? lastWhere(view.pieces, (piece) => piece.index <= from) + 1 : 0
  while (at < to) {
    const end = Math.min(to, view.pieces?.[next++]?.index ?? to)
    const width = originalEnd(view, at + 1) - originalStart(view, at)
    if (width === 1) builder.addRun(view.text.slice(at, end), originalStart(view, at))
    else builder.addUnit(view.text.charAt(at), originalStart(view, at), width)
    at = end
  }
}

class ViewBuilder {
  readonly #original: string
  readonly #pieces: Piece[] = []
  #text = ''

  constructor(original: string) {
    this.#original = original
  }

  addRun(text: string, offset: number): void {
    if (text === '') return
    this.#pieces.push({ index: this.#text.length, offset, width: 0 })
    this.#text += text
  }

  addUnit(unit: string, offset: number, width: number): void {
    this.#pieces.push({ index: this.#text.length, offset, width })
    this.#text += unit
  }

  view(hasOtherScripts: boolean): TextView {
    return { text: this.#text, original: this.#original, hasOtherScripts, pieces: this.#pieces }
  }
}

/** True for a character that stands for itself, as nearly all do. */
function isPlain(original: string, at: number, code: number): boolean {
  if (code < 0x80) return suspicious[code] === 0 || !beginsDisguise(original, at, code)
  return code !== 0xd835 && plainForm(code) === code
}

/** From Hebrew to Hangul, without the signs and punctuation between them. */
function isOtherScript(code: number): boolean {
  return code < 0x1e00 || (code >= 0x3040 && code <= 0xd7ff)
}

/** A backslash, a placeholder, or the encoded at-sign or plus of an address. */
function beginsDisguise(original: string, at: number, code: number): boolean {
  if (code === 0x25)
    return original.startsWith('%40', at) || /^%2b/i.test(original.slice(at, at + 3))
  if (code === 0x26) return original.startsWith('&#64;', at)
  if (code !== 0x5b) return true
  placeholder.lastIndex = at
  return placeholder.test(original)
}

/** Takes the disguise at an offset and returns where to go on. */
function takeDisguise(builder: ViewBuilder, original: string, at: number): number {
  const code = original.charCodeAt(at)
  if (code === 0x5c) return takeEscape(builder, original, at)
  if (code === 0x5b) return takePlaceholder(builder, original, at)
  if (code === 0x25) return add(builder, original[at + 1] === '4' ? '@' : '+', at, 3)
  if (code === 0x26) return add(builder, '@', at, 5)
  if (code === 0xd835) return takeMathematical(builder, original, at)
  return takePlain(builder, plainForm(code), at, 1)
}

function add(builder: ViewBuilder, unit: string, at: number, width: number): number {
  builder.addUnit(unit, at, width)
  return at + width
}

function takePlain(builder: ViewBuilder, code: number, at: number, width: number): number {
  return code === 0 ? at + width : add(builder, String.fromCharCode(code), at, width)
}

function takePlaceholder(builder: ViewBuilder, original: string, at: number): number {
  placeholder.lastIndex = at
  const width = placeholder.exec(original)?.[0].length
  return width === undefined ? add(builder, '[', at, 1) : add(builder, opaque, at, width)
}

/** A run of backslashes and what it escapes is one unit: deeper nesting only makes the run longer. */
function takeEscape(builder: ViewBuilder, original: string, at: number): number {
  let end = at + 1
  while (original.charCodeAt(end) === 0x5c) end++
  unicodeEscape.lastIndex = end
  const hex = unicodeEscape.exec(original)?.[1]
  if (hex) {
    const code = Number.parseInt(hex, 16)
    return takePlain(builder, code < 0x20 ? 0x20 : plainForm(code), at, end + 5 - at)
  }
  const escaped = simpleEscapes.get(original[end] ?? '')
  if (escaped) return add(builder, escaped, at, end + 1 - at)
  builder.addRun(original.slice(at, end), at)
  return end
}

/** Mathematical letters and digits are pairs of code units that stand for one plain character. */
function takeMathematical(builder: ViewBuilder, original: string, at: number): number {
  const plain = original.slice(at, at + 2).normalize('NFKC')
  if (plain.length === 1) return add(builder, plain, at, 2)
  return add(builder, original.charAt(at), at, 1)
}
