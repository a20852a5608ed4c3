import { isDigit, isSpace, skipSpace } from './characters.ts'
import type { StringPlace } from './closing.ts'
import type { KnownKeys } from './lookahead.ts'
import type { ArrayNode, Fault, Node, ObjectNode, Repair } from './node.ts'
import { isToken } from './read-bare.ts'
import type { RuleName } from './rule-names.ts'
import { commentEnd, saysElided } from './trivia.ts'
import type { ChangeClass } from './verdict.ts'

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

/**
 * An open bracket. Its state says what may come next:
 *
 * | state | object | array |
 * |---|---|---|
 * | `first` | key or `}` | item or `]` |
 * | `next` (behind a comma) | key or `}` | item or `]` |
 * | `value` (behind a colon) | value | – |
 * | `after` (behind a value) | `,` or `}` | `,` or `]` |
 */
export interface Frame {
  node: ObjectNode | ArrayNode
  open: number
  key: string
  state: 'first' | 'next' | 'value' | 'after'
  /** Braces that were written twice, `{{ … }}`: the second `}` is skipped. */
  isDoubled: boolean
  /** An object inside an array whose brace is missing; the array's bracket closes both. */
  readonly isImplicit: boolean
}

/** Repairs of one rule that are kept, and with them the rule's class. */
const mostRepairs = 200

export const brace = 0x7b
export const bracket = 0x5b
export const parenthesis = 0x28

/** Where the parser stands in a text: the open brackets, what was mended, and what cannot be. */
export class ParserState {
  readonly text: string
  readonly options: ParseOptions
  readonly start: number
  at: number
  readonly frames: Frame[] = []
  /** The open brackets of the frames. */
  readonly brackets: number[] = []
  readonly repairs: Repair[] = []
  root: Node | undefined
  fault: Fault | undefined
  /** A member or an item was read. */
  begun = false
  /** Keys are quoted twice, `""key""`. */
  doubledQuotes = false
  /** The places where a colon or a comma was missing: what stands there has to be plain. */
  lackedColonAt = -1
  lackedCommaAt = -1
  private readonly counts = new Map<string, number>()

  constructor(text: string, at: number, options: ParseOptions) {
    this.text = text
    this.options = options
    this.start = at
    this.at = at
  }

  /** The innermost open bracket. */
  get top(): Frame {
    return this.frames.at(-1) as Frame
  }

  /** The code of the next character; NaN at the end. */
  get code(): number {
    return this.text.charCodeAt(this.at)
  }

  open(code: number, isImplicit: boolean, start: number) {
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

  /** Takes the top frame off the stack and puts what it holds into the one below. */
  pop(): boolean {
    const frame = this.top
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

  attach(node: Node): void {
    const frame = this.frames.at(-1)
    if (frame === undefined) this.root = node
    else {
      this.begun = true
      if (frame.node.kind === 'array') frame.node.items.push(node)
      else frame.node.members.push({ key: frame.key, value: node })
      frame.state = 'after'
    }
  }

  accept(read: { end: number; repairs: readonly Repair[]; fault?: Fault }): void {
    for (const repair of read.repairs) this.note(repair)
    this.at = read.end
    if (read.fault !== undefined) this.fault = read.fault
  }

  place(role?: StringPlace['role']): StringPlace {
    const frame = this.frames.at(-1)
    const own = frame === undefined || frame.node.kind === 'array' ? 'item' : 'value'
    const { brackets, doubledQuotes } = this
    return { role: role ?? own, brackets, known: this.options.known, doubledQuotes }
  }

  skipTrivia(): void {
    while (this.at < this.text.length) {
      if (isSpace(this.code)) {
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

  isEscapedQuote(): boolean {
    return this.code === 0x5c && this.text.charCodeAt(this.at + 1) === 0x22
  }

  /** `{\n "a": 1}` with the characters of the escape between the tokens. */
  isEscapedSpace(): boolean {
    if (this.code !== 0x5c) return false
    return 'nrt'.includes(this.text.charAt(this.at + 1) || '-')
  }

  commentEnd(): number {
    const end = commentEnd(this.text, this.at)
    if (!this.options.shortComments || end === this.at || this.text[this.at + 1] === '*') return end
    const closer = this.text.slice(this.at, end).search(/[}\]]/)
    return closer < 0 ? end : this.at + closer
  }

  onComment(start: number, end: number) {
    const comment = this.text.slice(start, end)
    if (this.splitsText(comment)) return this.misplaced()
    const isBlock = comment.startsWith('/*') || comment.startsWith('<!--')
    if (isBlock && !/(?:\*\/|-->)$/.test(comment) && /[}\]]/.test(comment)) {
      return this.fail('truncated', 'a comment that does not end hides a bracket')
    }
    // `1//2` is not a number with a comment.
    if (isDigit(this.text.charCodeAt(start - 1)) && /^\/[/*]\d/.test(comment))
      return this.misplaced()
    if (saysElided(comment)) return this.fail('ambiguous', 'a comment says that data was left out')
    this.repair('comment', 'lossless', comment.slice(0, 120), undefined)
  }

  /** `a // b"` is not a comment but text whose first quote is missing. */
  private splitsText(comment: string): boolean {
    const node = this.frames.at(-1)?.node
    const last = node?.kind === 'array' ? node.items.at(-1) : node?.members.at(-1)?.value
    if (this.options.shortComments && comment.includes('"')) return true
    if (last?.kind === 'string') return /,\s*$/.test(last.text.slice(-80))
    if (last?.kind !== 'bare' || isToken(last.text)) return false
    return (comment.slice(0, 400).split('"').length - 1) % 2 === 1
  }

  repair(rule: RuleName, kind: ChangeClass, before: string, after: string | undefined): void {
    this.note({ rule, class: kind, at: this.at, before, after })
  }

  /** Keeps the first repairs of each rule; a text that needs thousands needs no list of them. */
  note(repair: Repair): void {
    const count = this.counts.get(repair.rule) ?? 0
    this.counts.set(repair.rule, count + 1)
    if (count < mostRepairs) this.repairs.push(repair)
  }

  fail(cause: Fault['cause'], message: string): void {
    this.fault ??= { cause, at: this.at, message }
  }

  misplaced(): void {
    this.fail('ambiguous', 'a quote or a colon stands in the wrong place')
  }
}

/** A call or a parenthesis around one value is that value; around several it is a list. */
function simplified(node: Frame['node']): Node {
  if (node.kind === 'array' && node.callee !== undefined && node.items.length === 1) {
    return node.items[0] as Node
  }
  return node
}
