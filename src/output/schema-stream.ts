import type { Json } from '../base/json.ts'
import { Alignment } from './align.ts'
import { decodeEscapes } from './escapes.ts'
import type { OutputLimits } from './limits.ts'
import type { BareNode, StringNode } from './node.ts'
import type { DeepPartial, PartialEvent, PartialStream } from './partial-stream.ts'
import { exact, likely, type Mismatch, type Reading, sameValue } from './reading.ts'
import {
  advance,
  isAbsent,
  isComplete,
  isGrowing,
  knows,
  type Level,
  ofKind,
  place,
  propertyOf,
} from './stream-level.ts'
import { StreamLexer } from './stream-lexer.ts'
import { StreamStart } from './stream-start.ts'
import { type OutputFailure, type OutputIssue, type Path, shorten } from './verdict.ts'
import { takes, type View } from './view.ts'
import { isEnvelopeName, isWrapperName } from './wrapper-names.ts'

/** Longer than any name of a TeX command: an escape is shown when this much stands behind it. */
const escapeWindow = 16

/**
 * The incremental reading: the lexer's tokens are laid beside the schema, level by level.
 *
 * A level holds the schemas that its container may still be read under. A scalar is settled if it
 * fits all of them exactly and alike; a schema that it cannot fit is dropped; when none is left, the
 * document is impossible. At the top all waits until a key has shown that the object is the answer
 * itself and not a tool call or an envelope around it.
 */
class SchemaStream<Output> implements PartialStream<Output> {
  private readonly view: View
  private readonly limits: OutputLimits
  private readonly isStrict: boolean
  private start: StreamStart
  private lexer: StreamLexer | undefined
  private levels: Level[] = []
  private events: PartialEvent[] = []
  private root: unknown
  private length = 0
  /** The raw end of a string that is not shown yet, because an escape in it may be none. */
  private held = ''
  private shown = ''
  private isMute = false
  private failure: OutputFailure | undefined
  /** Events that wait until it is clear that the root is no wrapper. */
  private waiting: PartialEvent[] | undefined = []

  constructor(view: View, limits: OutputLimits, isStrict: boolean) {
    this.view = view
    this.limits = limits
    this.isStrict = isStrict
    this.start = new StreamStart(takes(view, 'object') ? '{' : '[')
  }

  get partial(): DeepPartial<Output> | undefined {
    return this.root as DeepPartial<Output> | undefined
  }

  get impossible(): OutputFailure | undefined {
    return this.failure
  }

  push(delta: string): readonly PartialEvent[] {
    this.events = []
    this.length += delta.length
    if (this.length > this.limits.maxLength) this.fail('hostile', [], 'the answer is too long')
    let at = 0
    while (at < delta.length && this.failure === undefined) {
      if (this.lexer === undefined) {
        at = this.start.find(delta, at)
        if (at < 0) return this.events
        this.lexer = this.createLexer()
      }
      if (this.lexer.hasEnded) break
      at = this.lexer.read(delta, at)
    }
    return this.events
  }

  private createLexer(): StreamLexer {
    return new StreamLexer({
      open: (kind) => this.open(kind),
      close: () => this.close(),
      key: (raw) => this.key(raw),
      stringPart: (raw) => this.stringPart(raw),
      scalar: (raw, isString) => this.scalar(raw, isString),
      anomaly: (mark) => this.anomaly(mark),
    })
  }

  private open(kind: 'object' | 'array'): void {
    const parent = this.levels.at(-1)
    const views = parent === undefined ? [this.view] : this.viewsHere()
    const value = kind === 'object' ? {} : []
    this.levels.push({
      kind,
      views: views && ofKind(views, kind),
      value,
      keys: new Set(),
      key: 0,
      hasUnknownKey: false,
    })
    if (this.levels.length > this.limits.maxDepth) this.fail('hostile', [], 'it nests too deep')
    if (parent === undefined) {
      this.root = value
      if (kind === 'array') this.waiting = undefined
    } else if (this.isShown()) place(parent, value)
  }

  private close() {
    const level = this.levels.pop() as Level
    const parent = this.levels.at(-1)
    if (parent === undefined) return this.release(level)
    if (level.kind === 'object') this.checkRequired(level)
    advance(parent)
  }

  private key(raw: string): void {
    const level = this.levels.at(-1) as Level
    const { text } = decodeEscapes(raw)
    // A key that comes twice is read as a whole: its values may differ.
    const isRepeated = level.keys.has(text)
    level.keys.add(text)
    level.key = isRepeated ? '' : text
    const isKnown = level.views?.some((view) => view.kind === 'object' && knows(view, text))
    if (level.views !== undefined && !isKnown) level.hasUnknownKey = true
    if (this.levels.length === 1 && isKnown && !isWrapperName(text)) this.release()
    if (isRepeated) level.views = undefined
  }

  private stringPart(raw: string) {
    const level = this.levels.at(-1)
    if (level === undefined || this.isMute || this.failure !== undefined) return
    if (!this.growsText(level)) return
    if (this.mayBeDocument(raw)) {
      this.isMute = true
      return
    }
    const isEscape = raw.charCodeAt(0) === 0x5c
    const held = this.held
    // A control escape is shown when what stands behind it cannot make it a TeX command.
    if (isEscape && 'bfnrt'.includes(raw.charAt(1))) {
      this.held = raw
      return this.showRaw(level, held)
    }
    const isOpen = held !== '' && !isEscape && held.length + raw.length < escapeWindow
    this.held = isOpen && /^[a-z]*$/.test(raw) ? held + raw : ''
    if (this.held === '') this.showRaw(level, held + raw)
  }

  /** Text that starts like a document may be the answer in a string. */
  private mayBeDocument(raw: string): boolean {
    if (this.shown !== '' || this.held !== '' || this.levels.length > 1) return false
    return isEnvelopeName(String(this.levels[0]?.key)) && /^\s*[{[`]/.test(raw)
  }

  private showRaw(level: Level, raw: string): void {
    const decoded = decodeEscapes(raw)
    if (decoded.rule === undefined) this.show(level, decoded.text)
    else this.isMute = true
  }

  private show(level: Level, text: string): void {
    if (text === '') return
    this.shown += text
    place(level, this.shown)
    this.emit({ type: 'field-delta', path: this.path(), text })
  }

  private scalar(raw: string, isString: boolean): void {
    const level = this.levels.at(-1)
    if (level === undefined || this.failure !== undefined) return
    const decoded = isString ? decodeEscapes(raw) : { text: raw }
    const isPlain = decoded.rule === undefined && !this.isMute
    const text = decoded.text
    const rest = isPlain && this.shown !== '' ? text.slice(this.shown.length) : ''
    const views = this.viewsHere()
    if (views !== undefined) {
      const span = { start: 0, end: raw.length }
      const node: StringNode | BareNode = isString
        ? { kind: 'string', text, ...span }
        : { kind: 'bare', text, ...span }
      if (rest !== '' && this.growsText(level)) this.show(level, rest)
      this.judge(level, node, views, isPlain)
    }
    this.held = ''
    this.shown = ''
    this.isMute = false
    advance(level)
  }

  /** Settles a scalar that fits exactly under every schema that is left; drops those it cannot fit. */
  private judge(
    level: Level,
    node: StringNode | BareNode,
    views: readonly View[],
    isPlain: boolean,
  ): void {
    const readings = views.map((view) => this.align(node, view))
    const left = readings.filter((reading) => reading.ok || isAbsent(level, node))
    if (left.length === 0 && isPlain) {
      this.fail('schema', issuesOf(readings), 'no schema fits')
      return
    }
    if (level.kind === 'object' && left.length < readings.length) this.narrow(level, node)
    const first = left[0]
    if (!isPlain || first === undefined || !first.ok || first.rank !== exact) return
    const isCertain = left.every(
      (reading) => reading.ok && reading.rank === exact && sameValue(reading.value, first.value),
    )
    if (!isCertain) return
    place(level, first.value)
    // A scalar of an answer, so it is one of JSON's.
    this.emit({ type: 'field', path: this.path(), value: first.value as Json })
  }

  /** Keeps the schemas of an object that its newest member fits. */
  private narrow(level: Level, node: StringNode | BareNode) {
    level.views = level.views?.filter((view) => {
      const property = view.kind === 'object' ? propertyOf(view, String(level.key)) : undefined
      return property === undefined || this.align(node, property).ok
    })
  }

  private align(node: StringNode | BareNode, view: View): Reading {
    const options = { unknownKeys: 'strip', readInner: () => undefined } as const
    const path = this.path()
    // A string may hold a document; only the whole answer can tell.
    if (node.kind === 'string' && (takes(view, 'object') || takes(view, 'array'))) {
      return { ok: true, value: node.text, rank: likely, changes: [] }
    }
    const reading = new Alignment(node.text, options, path).align(node, view)
    if (!reading.ok || !this.isStrict || reading.rank < likely) return reading
    return { ok: false, issues: [] }
  }

  /** A required key that is missing when its object closes, with no other key that could stand for it. */
  private checkRequired(level: Level): void {
    const { views } = level
    // An object around the one that is wanted: `{"person": {"person": {…}}}`.
    const own = this.levels.at(-1)?.key
    if ([...level.keys].some((key) => isEnvelopeName(key) || key === own)) return
    if (views === undefined || views.length === 0 || level.hasUnknownKey || !this.isShown()) return
    const missing = views.map((view) =>
      view.kind === 'object' ? [...view.required].find((name) => !level.keys.has(name)) : undefined,
    )
    if (missing.some((name) => name === undefined)) return
    const path = [...this.path(), String(missing[0])]
    const issue = { path, expected: 'a value', got: 'nothing', message: 'is missing' }
    this.fail('schema', [issue], 'a required key is missing')
  }

  private anomaly(mark: string): void {
    const hasBegun = this.levels.length > 1 || (this.levels[0]?.keys.size ?? 0) > 0
    if (!hasBegun) {
      // A bracket in a sentence; the document is still to come.
      this.lexer = undefined
      this.levels = []
      this.root = undefined
      this.start.skipBracket(mark)
      return
    }
    if (mark === '…') this.fail('ambiguous', [], 'data was left out with an ellipsis')
  }

  /** The schemas of the value at the current key or index; undefined where that is open. */
  private viewsHere(): readonly View[] | undefined {
    const level = this.levels.at(-1)
    if (level?.views === undefined) return undefined
    if (level.kind === 'array') {
      const index = Number(level.key)
      return level.views.flatMap((view) =>
        view.kind === 'array' ? [view.prefix[index] ?? view.items] : [],
      )
    }
    const found = level.views.map((view) =>
      view.kind === 'object' ? propertyOf(view, String(level.key)) : undefined,
    )
    return found.every((view) => view !== undefined) && found.length > 0 ? found : undefined
  }

  private growsText(level: Level): boolean {
    if (!this.isShown()) return false
    const views = level === undefined ? undefined : this.viewsHere()
    return views?.every((view) => isGrowing(view)) ?? false
  }

  /** Whether all containers around are ones that the schema knows. */
  private isShown(): boolean {
    return this.levels.every((level) => level.views !== undefined && level.views.length > 0)
  }

  private path(): Path {
    return this.levels.map((level) => level.key)
  }

  private emit(event: PartialEvent): void {
    if (this.waiting !== undefined) this.waiting.push(event)
    else this.events.push(event)
  }

  /**
   * Passes on what waited once the root is known to be the answer and not a wrapper around it: by a
   * key that no wrapper has, or because it ended as an object that the schema takes.
   */
  private release(ended?: Level): void {
    const { waiting } = this
    this.waiting = undefined
    if (waiting === undefined || (ended !== undefined && !isComplete(ended))) return
    this.events.push(...waiting)
  }

  private fail(
    cause: OutputFailure['cause'],
    issues: readonly OutputIssue[],
    message: string,
  ): void {
    // Inside what may be a wrapper nothing is certain.
    if (this.waiting !== undefined && cause !== 'hostile') return
    const described: OutputIssue = {
      path: this.path(),
      expected: 'another value',
      got: '',
      message,
    }
    this.failure ??= {
      cause,
      issues: issues.length > 0 ? issues : [described],
      excerpt: shorten(formatKeys(this.path()), 200),
    }
  }
}

function formatKeys(path: Path): string {
  return path.map(String).join('.')
}

function issuesOf(readings: readonly Reading[]): readonly OutputIssue[] {
  return readings.find((reading): reading is Mismatch => !reading.ok)?.issues ?? []
}

/** Starts the incremental reading of one answer; `isStrict` forbids likely changes. */
export function createSchemaStream<Output>(
  view: View,
  limits: OutputLimits,
  isStrict: boolean,
): PartialStream<Output> {
  return new SchemaStream<Output>(view, limits, isStrict)
}
