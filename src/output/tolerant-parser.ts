import { isCloser, isDigit, isOpener, isQuote, isSpace, isWord, skipSpace } from './characters.ts'
import { closerOf, continues, type StringPlace } from './closing.ts'
import { followOf, type KnownKeys, quotedKeyAhead } from './lookahead.ts'
import type { ArrayNode, Fault, Member, Node, ObjectNode, Parsed, Repair } from './node.ts'
import { isToken, readBare, readBareKey } from './read-bare.ts'
import { readString } from './read-string.ts'
import { commentEnd, saysElided, skipTrivia } from './trivia.ts'
import type { ChangeClass } from './verdict.ts'

/**
 * Reads JSON as models write it, in one pass and with an explicit stack, so that no input can
 * overflow the call stack and time grows with length alone.
 *
 * Every deviation is mended where it stands and noted as a repair. Where mending would be a guess
 * (a missing value, an ellipsis, a string that ends in two places) the parser stops with a fault.
 *
 * A frame is an open bracket. Its state says what may come next:
 *
 * | state | object | array |
 * |---|---|---|
 * | `first` | key or `}` | item or `]` |
 * | `next` (behind a comma) | key or `}` | item or `]` |
 * | `value` (behind a colon) | value | – |
 * | `after` (behind a value) | `,` or `}` | `,` or `]` |
 */
interface Frame {
  node: ObjectNode | ArrayNode
  open: number
  key: string
  state: 'first' | 'next' | 'value' | 'after'
  /** Braces that were written twice, `{{ … }}`: the second `}` is skipped. */
  isDoubled: boolean
  /** An object inside an array whose brace is missing; the array's bracket closes both. */
  readonly isImplicit: boolean
}

export interface ParseOptions {
  readonly known: KnownKeys
  readonly maxDepth: number
  /** A line comment ends before a bracket on its line; tried when the usual reading fails. */
  readonly shortComments?: boolean
  /** The text begins inside an object whose brace is missing. */
  readonly braceless?: boolean
  /** A bracket that is missing at the end was cut off rather than forgotten. */
  readonly mayBeCut?: boolean
}

/** Repairs of one rule that are kept, and with them the rule's class. */
const mostRepairs = 200

const brace = 0x7b
const bracket = 0x5b
const parenthesis = 0x28

/** Calls that only name the type of their argument. */
const typeCalls =
  /^(?:new\s+)?(?:ObjectId|ISODate|Date|NumberLong|NumberInt|NumberDecimal|Decimal|Decimal128|UUID|Timestamp|str|int|float|bool|list|dict|tuple|set|frozenset|OrderedDict)$/
const callStart = /^((?:new\s+)?[A-Za-z_][\w.]{0,60})\(\s*([A-Za-z_]\w{0,60}\s*=(?!=))?/

/** Parses the value that starts at `at`, which is a bracket, a quote or the name of a call. */
export function parseTolerant(text: string, at: number, options: ParseOptions): Parsed {
  return new TolerantParser(text, at, options).run()
}

/** The callee and the place behind its parenthesis, where a call that carries data starts at `at`. */
export function callAt(text: string, at: number): { callee: string; named: boolean } | undefined {
  if (at > 0 && (isWord(text.charCodeAt(at - 1)) || text.charCodeAt(at - 1) === 0x2e)) return undefined
  const match = callStart.exec(text.slice(at, at + 140))
  if (match?.[1] === undefined) return undefined
  if (match[2] === undefined && !typeCalls.test(match[1])) return undefined
  return { callee: match[1], named: match[2] !== undefined }
}

class TolerantParser {
  private readonly text: string
  private readonly options: ParseOptions
  private readonly start: number
  private at: number
  private readonly frames: Frame[] = []
  private readonly brackets: number[] = []
  private readonly repairs: Repair[] = []
  private readonly counts = new Map<string, number>()
  private root: Node | undefined
  private fault: Fault | undefined
  private begun = false
  private doubledQuotes = false
  /** The place where a comma or a colon was missing: what stands there has to be plain. */
  private lackedMarkAt = -1
  private lackedColonAt = -1

  constructor(text: string, at: number, options: ParseOptions) {
    this.text = text
    this.options = options
    this.start = at
    this.at = at
  }

  run(): Parsed {
    if (this.options.braceless) this.open(brace, false, 0)
    else this.readValue()
    while (this.frames.length > 0 && this.fault === undefined) this.step()
    if (this.fault === undefined) this.checkClosers()
    const root = this.root ?? this.frames[0]?.node ?? emptyNode(this.start)
    return {
      root,
      end: this.at,
      repairs: this.repairs,
      begun: this.begun,
      ...(this.fault !== undefined && { fault: this.fault }),
    }
  }

  /** A bracket that is missing may be the one in front of a closing quote: `"hello}"`. */
  private checkClosers(): void {
    if (!this.repairs.some((repair) => repair.rule === 'missing-closer')) return
    if (/[}\]]["'”]\s*[,}\]]/.test(this.text.slice(this.start, this.at))) this.misplaced()
  }

  /** Takes one token at the top of the stack. */
  private step(): void {
    const frame = this.frames.at(-1) as Frame
    this.skipTrivia()
    if (this.at >= this.text.length) return this.endOfText(frame)
    const code = this.text.charCodeAt(this.at)
    if (frame.state === 'value') return this.readValue()
    if (isCloser(code)) return this.close(frame, code)
    if (code === 0x2c || code === 0x3b) return this.comma(frame)
    if (code === 0x60 && this.endsInFence()) return this.endOfText(frame)
    if (frame.node.kind === 'array') return this.item(frame, frame.node, code)
    if (frame.state === 'after') return this.afterMember(frame, code)
    this.key(frame, frame.node, code)
  }

  private comma(frame: Frame): void {
    if (frame.state === 'after') {
      if (this.text.charCodeAt(this.at) === 0x3b) this.repair('separator', 'lossless', ';', ',')
      frame.state = 'next'
    } else if (frame.state === 'next' && frame.node.kind === 'array') {
      return this.fail('ambiguous', 'an item may be missing between two commas')
    } else this.repair('extra-comma', 'lossless', ',', undefined)
    this.at++
  }

  private item(frame: Frame, node: ArrayNode, code: number): void {
    if (code === 0x3a && frame.state === 'after') return this.openImplicit(frame, node)
    if (frame.state === 'after') this.missingComma(node.items.at(-1))
    if (this.fault === undefined) this.readValue()
  }

  /** `["a": 1]` lacks the braces around its member. */
  private openImplicit(frame: Frame, node: ArrayNode): void {
    const key = node.items.at(-1)
    if (key?.kind !== 'string') return this.fail('syntax', 'a colon stands in an array')
    node.items.pop()
    this.repair('missing-brace', 'likely', '', '{')
    frame.state = 'next'
    this.open(brace, true, key.start)
    const inner = this.frames.at(-1) as Frame
    inner.key = key.text
    inner.state = 'value'
    this.at++
  }

  private afterMember(frame: Frame, code: number): void {
    const last = (frame.node as ObjectNode).members.at(-1)
    if (code === 0x2b && last?.value.kind === 'string') return this.concatenate(last)
    if (code === brace && this.brackets.at(-2) === bracket) return this.closeBefore(frame)
    if (isOpener(code)) return this.fail('syntax', 'a value without a key')
    this.missingComma(last?.value)
    frame.state = 'next'
  }

  /** A comma that is missing behind a string which ends in one changed places with the quote. */
  private missingComma(before: Node | undefined): void {
    if (before?.kind === 'string' && /,\s*$|\n\s*$/.test(before.text.slice(-80))) return this.misplaced()
    const isAdjacent = before?.kind === 'string' && before.end === this.at
    if (isAdjacent && this.frames.at(-1)?.node.kind === 'array') return this.misplaced()
    this.lackedMarkAt = this.at
    this.repair('missing-comma', 'lossless', '', ',')
  }

  /** `'one' + 'two'`, as programs write long strings. */
  private concatenate(member: Member): void {
    this.at++
    this.skipTrivia()
    if (!isQuote(this.text.charCodeAt(this.at))) return this.fail('syntax', 'a "+" without a string')
    const read = readString(this.text, this.at, this.place('value'))
    this.repair('concatenation', 'lossless', '+', undefined)
    this.accept(read)
    if (member.value.kind !== 'string') return
    const joined: Node = { ...member.value, text: member.value.text + read.text, end: read.end }
    const members = (this.frames.at(-1)?.node as ObjectNode).members
    members[members.length - 1] = { key: member.key, value: joined }
  }

  private key(frame: Frame, node: ObjectNode, code: number): void {
    if (isQuote(code) || this.isEscapedQuote()) return this.quotedKey(frame, node)
    if (isOpener(code)) return this.openerForKey(frame, node, code)
    if (this.text.startsWith('...', this.at) || code === 0x2026) {
      return this.fail('ambiguous', 'data was left out with an ellipsis')
    }
    const read = readBareKey(this.text, this.at)
    if (read.kind === 'cut') return this.fail('truncated', 'the text ends in a key')
    if (read.kind === 'words') return this.wordsForKey(frame, node, read.text, read.end)
    if (read.key === '') return this.fail('syntax', 'a key is missing')
    if (node.callee === undefined) this.repair('bare-key', 'lossless', read.key, undefined)
    this.at = read.end
    frame.key = read.key
    this.colon(frame)
  }

  private openerForKey(frame: Frame, node: ObjectNode, code: number): void {
    if (code !== brace) return this.fail('syntax', 'a value without a key')
    if (node.members.length > 0) {
      if (this.brackets.at(-2) === bracket) return this.closeBefore(frame)
      return this.fail('syntax', 'a value without a key')
    }
    if (frame.isDoubled) return this.fail('syntax', 'an object without keys')
    frame.isDoubled = true
    this.repair('doubled-braces', 'lossless', '{{', '{')
    this.at++
  }

  private quotedKey(frame: Frame, node: ObjectNode): void {
    const start = this.at
    const read = readString(this.text, this.at, this.place('key'))
    this.doubledQuotes ||= read.text !== '' && this.text.charAt(start) === this.text.charAt(start + 1)
    this.accept(read)
    this.begun = true
    if (this.fault !== undefined) return
    this.skipTrivia()
    const code = this.text.charCodeAt(this.at)
    const isItem = this.at >= this.text.length || code === 0x2c || isCloser(code)
    if (isItem && node.members.length === 0) {
      if (this.at >= this.text.length) return this.fail('truncated', 'the text ends behind a key')
      return this.becomeSet(frame, { kind: 'string', start, end: read.end, text: read.text })
    }
    if (isItem) return this.fail('syntax', `the key "${read.text.slice(0, 40)}" has no value`)
    frame.key = read.text
    this.colon(frame)
  }

  /** Words where a key belongs: a key without its colon, an item of a set, or a stray word. */
  private wordsForKey(frame: Frame, node: ObjectNode, words: string, end: number): void {
    const next = skipTrivia(this.text, end)
    const code = this.text.charCodeAt(next)
    if (isQuote(code) || isOpener(code)) {
      if (isQuote(code) && quotedKeyAhead(this.text, next, this.options.known)) {
        this.repair('stray-word', 'likely', words, undefined)
        this.at = next
        return
      }
      this.at = end
      frame.key = words
      this.repair('bare-key', 'lossless', words, undefined)
      return this.colon(frame)
    }
    if (node.members.length > 0 || words === '') {
      return this.fail('syntax', `"${words.slice(0, 40)}" is neither a key nor a value`)
    }
    this.becomeSet(frame, { kind: 'bare', start: this.at, end, text: words })
    this.at = end
  }

  /** `{'a', 'b'}` is how Python prints a set. */
  private becomeSet(frame: Frame, first: Node): void {
    this.repair('set', 'likely', '{', '[')
    frame.node = { kind: 'array', start: frame.node.start, end: frame.node.end, items: [first] }
    frame.state = 'after'
    // Its own brace still closes it, so `open` stays as it is.
  }

  private colon(frame: Frame): void {
    this.skipTrivia()
    const code = this.text.charCodeAt(this.at)
    frame.state = 'value'
    if (code === 0x3a || code === 0x3d) {
      this.begun = true
      const isArrow = code === 0x3d && this.text.charCodeAt(this.at + 1) === 0x3e
      if (code === 0x3d && frame.open === brace) this.repair('separator', 'lossless', '=', ':')
      this.at += isArrow ? 2 : 1
      while (this.text.charCodeAt(this.at) === 0x3a) {
        this.repair('separator', 'lossless', '::', ':')
        this.at++
      }
    } else if (/[{}[\],:\n]/.test(frame.key)) {
      this.fail('ambiguous', `the key "${frame.key.slice(0, 40)}" holds more than a key`)
    } else {
      this.lackedColonAt = this.at
      this.lackedMarkAt = this.at
      this.repair('missing-colon', 'lossless', '', ':')
    }
  }

  private readValue(): void {
    const code = this.text.charCodeAt(this.at)
    if (code === parenthesis) this.repair('tuple', 'likely', '(', '[')
    if (isOpener(code)) return this.open(code, false, this.at)
    if (isQuote(code) || this.isEscapedQuote()) return this.stringValue()
    const prefix = /^[bruf]{1,2}(?=['"][^\s,:}\])])/i.exec(this.text.slice(this.at, this.at + 4))?.[0]
    if (prefix !== undefined) {
      this.repair('string-prefix', 'lossless', prefix, undefined)
      this.at += prefix.length
      return this.stringValue()
    }
    const call = isWord(code) && !isDigit(code) ? callAt(this.text, this.at) : undefined
    if (call !== undefined) return this.openCall(call.callee, call.named)
    this.bareValue()
  }

  private stringValue(): void {
    const start = this.at
    const read = readString(this.text, start, this.place())
    this.accept(read)
    if (this.lackedMarkAt === start && /^[,:]/.test(read.text)) return this.misplaced()
    this.attach({ kind: 'string', start, end: read.end, text: read.text })
  }

  private bareValue(): void {
    const start = this.at
    const read = readBare(this.text, start, this.place())
    this.accept(read)
    if (this.fault !== undefined) return
    if (this.lackedColonAt === start && !isToken(read.text)) return this.misplaced()
    const before = this.frames.at(-1)?.node
    if (read.isString && before?.kind === 'array' && before.items.at(-1)?.kind === 'bare') {
      return this.fail('ambiguous', 'it is not clear which of the words before a quote belong to it')
    }
    const kind = read.isString ? 'string' : 'bare'
    this.attach({ kind, start, end: read.end, text: read.text })
  }

  private misplaced(): void {
    this.fail('ambiguous', 'a quote or a colon stands in the wrong place')
  }

  private openCall(callee: string, isNamed: boolean): void {
    const start = this.at
    this.repair('call', 'likely', `${callee}(`, undefined)
    this.at = this.text.indexOf('(', this.at)
    this.open(parenthesis, false, start)
    const frame = this.frames.at(-1) as Frame
    frame.node = isNamed
      ? { kind: 'object', start, end: start, members: [], callee }
      : { kind: 'array', start, end: start, items: [], callee }
  }

  private open(code: number, isImplicit: boolean, start: number): void {
    if (this.frames.length >= this.options.maxDepth) {
      return this.fail('hostile', `the text nests deeper than ${this.options.maxDepth} levels`)
    }
    const node: Frame['node'] =
      code === brace
        ? { kind: 'object', start, end: start, members: [] }
        : code === bracket
          ? { kind: 'array', start, end: start, items: [] }
          : { kind: 'array', start, end: start, items: [], callee: '' }
    this.frames.push({ node, open: code, key: '', state: 'first', isDoubled: false, isImplicit })
    this.brackets.push(code)
    if (!isImplicit && !(this.options.braceless && this.frames.length === 1)) this.at++
  }

  private close(frame: Frame, code: number): void {
    const depth = this.matchingFrame(code)
    if (depth < 0) return this.strayCloser(code)
    const parent = this.brackets[depth - 1]
    const follow = followOf(this.text, this.at + 1, this.options.known)
    const isTop = depth === this.frames.length - 1
    if (!continues(follow, parent)) {
      const isEarly = follow === 'comma-key' && this.brackets[depth] === brace
      if (isEarly && isTop && parent !== bracket) return this.skipCloser(code)
      if (isEarly && isTop && !this.repeatsKey(frame)) {
        return this.fail('ambiguous', 'a closing brace too many, or an opening one too few')
      }
      if (isEarly && depth === this.frames.length - 2) return this.closeTop('mismatched-closer')
      if (!isTop && follow === 'comma-value' && frame.node.kind === 'array') {
        return this.skipCloser(code)
      }
    }
    while (this.frames.length - 1 > depth) {
      const top = this.frames.at(-1) as Frame
      if (top.open === parenthesis || endsWithCloser(top.node)) return this.misplaced()
      if (!top.isImplicit) this.repair('missing-closer', 'likely', '', closerText(top.open))
      if (!this.pop()) return
    }
    if (frame.state === 'next') this.repair('extra-comma', 'lossless', ',', undefined)
    this.at++
    this.pop()
  }

  /** Whether the key behind this bracket is one that the object has: then a new object begins. */
  private repeatsKey(frame: Frame): boolean {
    const ahead = /^[\s,]*["'“]([^"'”\n]{1,100})["'”]\s*:/.exec(this.text.slice(this.at + 1, this.at + 160))
    const key = ahead?.[1]
    return frame.node.kind === 'object' && frame.node.members.some((member) => member.key === key)
  }

  /** The innermost frame that this bracket closes, or -1. */
  private matchingFrame(code: number): number {
    const top = this.frames.at(-1) as Frame
    if (top.isImplicit && code === 0x7d) return this.frames.length - 1
    for (let depth = this.frames.length - 1; depth >= 0; depth--) {
      const frame = this.frames[depth] as Frame
      if (closerOf(frame.open) === code && !frame.isImplicit) return depth
    }
    return -1
  }

  private strayCloser(code: number): void {
    if (this.frames.length > 1) return this.fail('syntax', 'a bracket closes nothing')
    const follow = followOf(this.text, this.at + 1, this.options.known)
    if (follow === 'end' || follow === 'fence') return this.closeTop('mismatched-closer')
    this.skipCloser(code)
  }

  private skipCloser(code: number): void {
    const isInList = code === 0x5d || this.frames.at(-1)?.node.kind === 'array'
    if (isInList && this.options.known.nestsLists) {
      return this.fail('ambiguous', 'a closing bracket too many, or an opening one too few')
    }
    this.repair('stray-closer', 'likely', String.fromCharCode(code), undefined)
    this.at++
  }

  private closeTop(rule: string): void {
    this.repair(rule, 'likely', this.text.charAt(this.at), closerText(this.brackets.at(-1)))
    this.at++
    this.pop()
  }

  /** `{"a": 1, {"a": 2}` in an array: the first object was not closed. */
  private closeBefore(frame: Frame): void {
    this.repair('missing-closer', 'likely', '', '}')
    frame.state = 'after'
    if (this.pop()) (this.frames.at(-1) as Frame).state = 'next'
  }

  /** Takes the top frame off the stack and puts what it holds into the one below. */
  private pop(): boolean {
    const frame = this.frames.at(-1) as Frame
    if (frame.state === 'value') {
      this.fail('syntax', `the key "${frame.key.slice(0, 40)}" has no value`)
      return false
    }
    if (frame.isDoubled) {
      const next = skipSpace(this.text, this.at)
      if (this.text.charCodeAt(next) === 0x7d) this.at = next + 1
    }
    frame.node.end = this.at
    this.frames.pop()
    this.brackets.pop()
    this.attach(simplified(frame.node))
    return true
  }

  private attach(node: Node): void {
    const frame = this.frames.at(-1)
    if (frame === undefined) this.root = node
    else {
      this.begun ||= node.kind !== 'array'
      if (frame.node.kind === 'array') frame.node.items.push(node)
      else frame.node.members.push({ key: frame.key, value: node })
      frame.state = 'after'
    }
  }

  private endOfText(frame: Frame): void {
    if (frame.state === 'value') return this.fail('truncated', 'the text ends where a value belongs')
    if (frame.state === 'first') return this.fail('truncated', 'the text ends behind a bracket')
    if (frame.state === 'next') return this.fail('truncated', 'the text ends behind a comma')
    if (this.options.mayBeCut) return this.fail('truncated', 'the text ends before its last bracket')
    if (frame.open !== parenthesis && endsWithCloser(frame.node)) return this.misplaced()
    while (this.frames.length > 0) {
      const top = this.frames.at(-1) as Frame
      if (!(this.options.braceless && this.frames.length === 1)) {
        this.repair('missing-closer', 'lossless', '', closerText(top.open))
        if (top.node.kind === 'object') top.node.isUnclosed = true
      }
      if (!this.pop()) return
    }
  }

  /** The closing fence of the block that the document stands in. */
  private endsInFence(): boolean {
    if (!this.text.startsWith('```', this.at)) return false
    const frame = this.frames.at(-1) as Frame
    return frame.state === 'after' && this.at > 0
  }

  private place(role?: StringPlace['role']): StringPlace {
    const frame = this.frames.at(-1)
    const own = frame === undefined || frame.node.kind === 'array' ? 'item' : 'value'
    const { brackets, doubledQuotes } = this
    return { role: role ?? own, brackets, known: this.options.known, doubledQuotes }
  }

  private accept(read: { end: number; repairs: readonly Repair[]; fault?: Fault }): void {
    for (const repair of read.repairs) this.note(repair)
    this.at = read.end
    if (read.fault !== undefined) this.fault = read.fault
  }

  private isEscapedQuote(): boolean {
    return this.text.charCodeAt(this.at) === 0x5c && this.text.charCodeAt(this.at + 1) === 0x22
  }

  private skipTrivia(): void {
    while (this.at < this.text.length) {
      if (isSpace(this.text.charCodeAt(this.at))) {
        this.at++
        continue
      }
      if (this.isEscapedSpace()) {
        this.repair('escaped-space', 'lossless', this.text.slice(this.at, this.at + 2), undefined)
        this.at += 2
        continue
      }
      const end = this.commentEnd()
      if (end === this.at) return
      this.onComment(this.at, end)
      this.at = end
    }
  }

  /** `{\n "a": 1}` with the characters of the escape between the tokens. */
  private isEscapedSpace(): boolean {
    if (this.text.charCodeAt(this.at) !== 0x5c) return false
    return 'nrt'.includes(this.text.charAt(this.at + 1) || '-')
  }

  private commentEnd(): number {
    const end = commentEnd(this.text, this.at)
    if (!this.options.shortComments || end === this.at || this.text[this.at + 1] === '*') return end
    const closer = this.text.slice(this.at, end).search(/[}\]]/)
    return closer < 0 ? end : this.at + closer
  }

  private onComment(start: number, end: number): void {
    const comment = this.text.slice(start, end)
    if (this.splitsText(comment)) return this.misplaced()
    if (saysElided(comment)) return this.fail('ambiguous', 'a comment says that data was left out')
    this.repair('comment', 'lossless', comment.slice(0, 120), undefined)
  }

  /** `a // b"`: not a comment but text whose first quote is missing. */
  private splitsText(comment: string): boolean {
    const node = this.frames.at(-1)?.node
    const last = node?.kind === 'array' ? node.items.at(-1) : node?.members.at(-1)?.value
    if (last?.kind !== 'bare' || isToken(last.text)) return false
    return (comment.slice(0, 400).split('"').length - 1) % 2 === 1
  }

  private repair(rule: string, kind: ChangeClass, before: string, after: string | undefined): void {
    this.note({ rule, class: kind, at: this.at, before, after })
  }

  /** Keeps the first repairs of each rule; a text that needs thousands needs no list of them. */
  private note(repair: Repair): void {
    const count = this.counts.get(repair.rule) ?? 0
    this.counts.set(repair.rule, count + 1)
    if (count < mostRepairs) this.repairs.push(repair)
  }

  private fail(cause: Fault['cause'], message: string): void {
    this.fault ??= { cause, at: this.at, message }
  }
}

/** A call or a parenthesis around one value is that value; around several it is a list. */
function simplified(node: Frame['node']): Node {
  if (node.kind === 'array' && node.callee !== undefined && node.items.length === 1) {
    return node.items[0] as Node
  }
  return node
}

/** Whether the last string ends in the bracket that is missing behind it. */
function endsWithCloser(node: Frame['node']): boolean {
  const last = node.kind === 'array' ? node.items.at(-1) : node.members.at(-1)?.value
  return last?.kind === 'string' && last.text.endsWith(node.kind === 'array' ? ']' : '}')
}

function emptyNode(at: number): Node {
  return { kind: 'bare', start: at, end: at, text: '' }
}

function closerText(open: number | undefined): string {
  return String.fromCharCode(closerOf(open))
}
