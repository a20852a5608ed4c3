import { depthOfQuote } from './text-view.ts'

/**
 * Keeping JSON valid while spans of its text are replaced.
 *
 * Placeholders contain nothing that JSON escapes, so inside a string any span may be replaced. A number
 * is different: `{"card":4111…}` has to become `{"card":"[CREDIT_CARD_1]"}`, and inside a string that
 * is JSON itself (arguments of a tool call) the new quotes need the escaping of their depth. Quotes that
 * delimit strings of different depths differ in their backslashes, so one walk over the text, counting
 * them, knows at every place whether it is in a string or between tokens, and how deep.
 */
export interface Replacement<Span> {
  readonly span: Span
  readonly start: number
  readonly end: number
  /** What stands around the placeholder: nothing in a string, quotes around a former number. */
  readonly quote: string
}

interface Range {
  readonly start: number
  readonly end: number
}

const deepest = 5
const beginsJson = /^\s*(?:\{\s*(?:\\+"|\})|\[\s*(?:\\+"|[-\d[{\]]|true|false|null))/
const numberCharacter = /[-+.\w]/
const number = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/

/** True for the text of an object, array or string in JSON. */
export function isJson(text: string): boolean {
  const first = /^\s*([[{"])/.exec(text)?.[1]
  if (!first || !/[\]}"]\s*$/.test(text.slice(-64))) return false
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}

/** Widens spans that are numbers of JSON to the whole number and says which quotes they need. */
export function replacementsIn<Span extends Range>(
  text: string,
  spans: readonly Span[],
  isWholeJson: boolean,
): Replacement<Span>[] {
  const walk = isWholeJson ? new JsonWalk(text) : undefined
  return spans.map((span) => {
    const depth = walk ? walk.depthAt(span.start) : embeddedDepth(text, span)
    const token = depth === undefined ? undefined : numberAround(text, span)
    if (depth === undefined || !token) {
      return { span, start: span.start, end: span.end, quote: '' }
    }
    return { span, ...token, quote: `${'\\'.repeat(2 ** depth - 1)}"` }
  })
}

/** The number that a span is or is a part of; undefined when it is anything else. */
function numberAround(text: string, span: Range): Range | undefined {
  let { start, end } = span
  while (numberCharacter.test(text.charAt(start - 1))) start--
  while (numberCharacter.test(text.charAt(end))) end++
  return number.test(text.slice(start, end)) ? { start, end } : undefined
}

/** In JSON inside prose only `"key": <number>` is certain to be a token. */
function embeddedDepth(text: string, span: Range): number | undefined {
  const key = /(\\*)"\s{0,4}:\s{0,4}-?$/.exec(text.slice(Math.max(0, span.start - 16), span.start))
  if (!key || !/^[-+.\w]{0,8}\s{0,4}[,}\]]/.test(text.slice(span.end, span.end + 16)))
    return undefined
  return depthOfQuote(key[1]?.length ?? 0)
}

/** Walks JSON from left to right and knows the depth of its tokens. */
class JsonWalk {
  readonly #text: string
  #at = 0
  #depth = 0
  #inString = false

  constructor(text: string) {
    this.#text = text
  }

  /** Depth of the JSON whose token stands at an offset, undefined in a string; offsets ascend. */
  depthAt(offset: number): number | undefined {
    while (this.#at < offset) this.#step()
    return this.#inString ? undefined : this.#depth
  }

  #step(): void {
    const from = this.#at
    while (this.#text[this.#at] === '\\') this.#at++
    const backslashes = this.#at - from
    if (this.#text[this.#at++] !== '"') return
    const level = depthOfQuote(backslashes)
    if (level < this.#depth) {
      // It closes the string that was taken for JSON, whatever is open in it.
      this.#depth = level
      this.#inString = false
    } else if (level === this.#depth) {
      if (this.#inString) this.#inString = false
      else this.#open()
    }
  }

  /** A string that starts like an object or array is taken for JSON one level deeper. */
  #open(): void {
    const opensJson = beginsJson.test(this.#text.slice(this.#at, this.#at + 24))
    if (opensJson && this.#depth < deepest) this.#depth++
    else this.#inString = true
  }
}
