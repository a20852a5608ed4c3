import { isDigit } from './characters.ts'

/**
 * Reads JSON as it arrives, a piece at a time, and each character once.
 *
 * It knows strict JSON only: at the first character that the standard does not allow it reports an
 * anomaly and stops, and what comes is left to the reading of the whole answer. What it reported
 * until then stays true, because a value is reported as ended only when the character behind it, too,
 * is what JSON wants there: `"a": 1,234` may be a number of four digits.
 */
interface LexerEvents {
  open(kind: 'object' | 'array'): void
  /** The top container closed. */
  close(): void
  key(raw: string): void
  /** More of the raw characters of a string value; an escape always comes whole and alone. */
  stringPart(raw: string): void
  /** A scalar ended: the raw characters between quotes, or a token. */
  scalar(raw: string, isString: boolean): void
  anomaly(at: string): void
}

type State =
  /** A value must come. */
  | 'value'
  /** Behind `[`: a value or `]`. */
  | 'first-item'
  /** Behind `{` or, with `next-key`, behind a comma. */
  | 'first-key'
  | 'next-key'
  | 'key'
  | 'colon'
  | 'string'
  | 'token'
  /** Behind a value: a comma or the closing bracket. */
  | 'after'
  /** Behind a comma that follows a scalar: its next character decides. */
  | 'after-comma'
  | 'ended'

export class StreamLexer {
  private readonly events: LexerEvents
  private readonly stack: ('object' | 'array')[] = []
  private state: State = 'value'
  /** The raw characters of the key, string or token that is being read. */
  private raw = ''
  /** A scalar that ended and waits for the character behind it. */
  private pending: { readonly raw: string; readonly isString: boolean } | undefined
  /** The characters of an escape that has not arrived whole. */
  private escape = ''

  constructor(events: LexerEvents) {
    this.events = events
  }

  get depth(): number {
    return this.stack.length
  }

  /** Whether the document has ended, well or not. */
  get hasEnded(): boolean {
    return this.state === 'ended'
  }

  /** Reads on; returns the place behind the last character that was read. */
  read(text: string, from: number): number {
    let at = from
    while (at < text.length && this.state !== 'ended') {
      if (this.state === 'string' || this.state === 'key') at = this.readString(text, at)
      else if (this.state === 'token') at = this.readToken(text, at)
      else {
        this.readMark(text.charAt(at), text.charCodeAt(at))
        at++
      }
    }
    return at
  }

  /** Takes characters up to the closing quote, without an escape that is not there yet. */
  private readString(text: string, from: number): number {
    let at = from
    let start = from
    if (this.escape !== '') {
      at = this.finishEscape(text, at)
      start = at
    }
    while (at < text.length && this.escape === '' && this.state !== 'ended') {
      const code = text.charCodeAt(at)
      if (code === 0x22) return this.endString(text.slice(start, at), at)
      if (code === 0x5c) {
        this.addRaw(text.slice(start, at))
        at = this.finishEscape(text, at)
        start = at
      } else if (code < 0x20) {
        this.addRaw(text.slice(start, at))
        return this.stop(text, at)
      } else at++
    }
    if (this.state !== 'ended') this.addRaw(text.slice(start, at))
    return at
  }

  /** Collects the characters of one escape; they are passed on when it is whole. */
  private finishEscape(text: string, from: number): number {
    let at = from
    while (at < text.length && !isWholeEscape(this.escape)) this.escape += text.charAt(at++)
    if (!isWholeEscape(this.escape)) return at
    const whole = this.escape
    this.escape = ''
    if (!jsonEscape.test(whole)) return this.stop(text, at - 1)
    this.addRaw(whole)
    return at
  }

  private addRaw(part: string): void {
    if (part === '') return
    this.raw += part
    if (this.state === 'string') this.events.stringPart(part)
  }

  private endString(part: string, at: number): number {
    this.addRaw(part)
    const raw = this.raw
    this.raw = ''
    if (this.state === 'key') {
      this.state = 'colon'
      this.events.key(raw)
    } else {
      this.pending = { raw, isString: true }
      this.state = 'after'
    }
    return at + 1
  }

  private readToken(text: string, from: number): number {
    let at = from
    while (at < text.length && isTokenPart(text.charCodeAt(at))) at++
    this.raw += text.slice(from, at)
    if (at === text.length) return at
    const raw = this.raw
    this.raw = ''
    if (!jsonToken.test(raw)) return this.stop(text, at)
    this.pending = { raw, isString: false }
    this.state = 'after'
    return at
  }

  private readMark(mark: string, code: number) {
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) return this.readSpace()
    switch (this.state) {
      case 'value':
        return this.startValue(mark, code)
      case 'first-item':
        return mark === ']' ? this.closeTop() : this.startValue(mark, code)
      case 'first-key':
        if (mark === '}') return this.closeTop()
        return mark === '"' ? this.goTo('key') : this.report(mark)
      case 'next-key':
        return mark === '"' ? this.goTo('key') : this.report(mark)
      case 'colon':
        return mark === ':' ? this.goTo('value') : this.report(mark)
      case 'after':
        return this.readAfter(mark)
      default:
        return this.readBehindComma(mark, code)
    }
  }

  private readSpace(): void {
    if (this.state === 'after-comma') this.confirm()
  }

  private readAfter(mark: string) {
    const top = this.stack.at(-1)
    if (mark === ',') {
      this.state = 'after-comma'
      return
    }
    if (mark !== (top === 'object' ? '}' : ']')) return this.report(mark)
    this.settle()
    this.closeTop()
  }

  /** In a list a comma ends its item; in an object a digit behind it may belong to the number. */
  private readBehindComma(mark: string, code: number) {
    const isObject = this.stack.at(-1) === 'object'
    if (isObject && mark !== '"') return this.report(mark)
    this.confirm()
    if (isObject) this.goTo('key')
    else this.startValue(mark, code)
  }

  private confirm(): void {
    this.settle()
    this.state = this.stack.at(-1) === 'object' ? 'next-key' : 'value'
  }

  private settle(): void {
    const { pending } = this
    this.pending = undefined
    if (pending !== undefined) this.events.scalar(pending.raw, pending.isString)
  }

  private startValue(mark: string, code: number): void {
    if (mark === '{' || mark === '[') {
      const kind = mark === '{' ? 'object' : 'array'
      this.stack.push(kind)
      this.state = kind === 'object' ? 'first-key' : 'first-item'
      this.events.open(kind)
    } else if (mark === '"') this.goTo('string')
    else if (code === 0x2d || isDigit(code) || mark === 't' || mark === 'f' || mark === 'n') {
      this.raw = mark
      this.state = 'token'
    } else this.report(mark)
  }

  private closeTop(): void {
    this.stack.pop()
    this.state = this.stack.length === 0 ? 'ended' : 'after'
    this.events.close()
  }

  private goTo(state: State): void {
    this.state = state
  }

  private stop(text: string, at: number): number {
    this.report(text.charAt(at))
    return at + 1
  }

  private report(mark: string): void {
    this.state = 'ended'
    this.events.anomaly(mark)
  }
}

const jsonToken = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

const jsonEscape = /^\\(?:["\\/bfnrt]|u[\da-fA-F]{4})$/

function isWholeEscape(raw: string): boolean {
  if (raw.length < 2) return false
  return raw.charAt(1) === 'u' ? raw.length === 6 : true
}

function isTokenPart(code: number): boolean {
  return (
    isDigit(code) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x2d ||
    code === 0x2b ||
    code === 0x2e ||
    code === 0x45
  )
}
