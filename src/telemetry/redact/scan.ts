import type { Candidate, Evidence } from './candidate.ts'
import { classOf, digit, foldCode, isDigit, letter, sign } from './character-class.ts'
import { DialString } from './dial-string.ts'
import { DigitGroups } from './digit-groups.ts'
import { otherScripts, type Topic, topics, wordsOf } from './label-words.ts'
import { PrefixTable } from './prefix-table.ts'
import { escapeDepth, type TextView } from './text-view.ts'
import { addToHash, WordTable } from './word-table.ts'

/**
 * Linear time by construction.
 *
 * A redactor that runs a set of patterns over a text pays for each start position of each pattern, and
 * a hostile text makes the patterns backtrack. Here one pass over the characters finds the few places
 * where a sensitive value can begin (a trigger); only there matchers run, anchored at that place and
 * bounded in length. The work per character is therefore bounded, whatever the text.
 *
 * Triggers: a run of letters and digits is a `digits` (only digits), `code` (both) or `word` trigger
 * (one of the detector's words, whole and in either case); most numbers in a text are short and stand
 * alone, these are `short-digits` and `short-code` instead; a token's start is a `prefix` trigger; and
 * single signs stand for themselves.
 */
export type Trigger =
  | 'digits'
  | 'short-digits'
  | 'code'
  | 'short-code'
  | 'word'
  | 'prefix'
  | '@'
  | ':'
  | '='
  | '+'
  | '('
  | '-----'

export interface Detector {
  readonly triggers: readonly Trigger[]
  /** Lower-case words for the trigger `word`. */
  readonly words?: readonly string[]
  /** Starts of tokens for the trigger `prefix`; their first two characters are looked up. */
  readonly prefixes?: readonly string[]
  /**
   * Looks at one trigger and reports candidates.
   *
   * @param start where the run or sign starts
   * @param end where it ends, exclusively
   */
  detect(scan: Scan, start: number, end: number): void
}

/** The detectors of a redactor, arranged by trigger. */
export interface ScanPlan {
  readonly byTrigger: Readonly<Record<Trigger, readonly Detector[]>>
  readonly words: WordTable<Detector>
  readonly prefixes: PrefixTable
}

const otherScript = /[\u0590-\u1dff\u3040-\ud7ff]/
/** How far before a value its label may stand, in characters. */
const labelReach = 48
/** A label of a thing has to stand closer, in the same sentence. */
const thingReach = 24
const shortDigits = 4
const shortCode = 3
/** Longer runs of letters are no names of keys. */
const longestName = 48

export function planScan(detectors: readonly Detector[]): ScanPlan {
  const byTrigger: Record<Trigger, Detector[]> = {
    digits: [],
    'short-digits': [],
    code: [],
    'short-code': [],
    word: [],
    prefix: [],
    '@': [],
    ':': [],
    '=': [],
    '+': [],
    '(': [],
    '-----': [],
  }
  const words = new WordTable<Detector>()
  const prefixes = new PrefixTable()
  for (const detector of [...topics.map(labelDetector), ...detectors]) {
    for (const trigger of detector.triggers) byTrigger[trigger].push(detector)
    for (const word of new Set(detector.words)) words.add(word, detector)
    for (const prefix of new Set(detector.prefixes)) prefixes.add(prefix, detector)
  }
  return { byTrigger, words, prefixes }
}

/** Notes where the words of a topic stand. */
function labelDetector(topic: Topic): Detector {
  return {
    triggers: [],
    words: wordsOf(topic),
    detect(scan, _start, end) {
      scan.noteLabel(topic, end)
    },
  }
}

/** Runs the plan over a view and returns all candidates, in no particular order. */
export function scanView(view: TextView, plan: ScanPlan): Candidate[] {
  const scan = new Scan(view)
  const text = view.text
  while (scan.position < text.length) {
    const at = scan.position
    const kind = classOf(text.charCodeAt(at))
    if (kind === letter || kind === digit) takeRun(scan, plan, at)
    else {
      scan.position = at + 1
      if (kind === sign) takeSign(scan, plan, at)
    }
  }
  return scan.candidates
}

/** One pass over one view: the text, what was found so far, and questions that detectors ask. */
export class Scan {
  readonly view: TextView
  readonly text: string
  readonly candidates: Candidate[] = []
  /** Where the scan goes on. */
  position = 0
  /** Where the last value that was reported for its key ends; keys inside it are part of it. */
  reportedValueEnd = 0
  /** The last value without quotes that was read after a `:` or `=`. */
  bareValue = { start: -1, end: -1 }
  readonly #groups = new DigitGroups()
  #groupsStart = -1
  readonly #dial = new DialString()
  #lower: string | undefined
  #bounds: readonly [number, number] | undefined
  readonly #labels = new Map<Topic, number>()
  #hasOtherScripts: boolean | undefined

  constructor(view: TextView) {
    this.view = view
    this.text = view.text
  }

  report(type: string, start: number, end: number, evidence: Evidence): void {
    if (end > start) this.candidates.push({ type, start, end, evidence })
  }

  /** Lets the scan go on at `end`: what lies before it needs no second look. */
  skipTo(end: number): void {
    if (end > this.position) this.position = end
  }

  /** Notes that a label of the topic ends at an index. */
  noteLabel(topic: Topic, end: number): void {
    this.#labels.set(topic, end)
  }

  /** True when a label of the topic stands before an index, and no label of a thing nearer to it. */
  isLabelled(topic: Topic, start: number, reach = labelReach): boolean {
    if (!this.hasLabel(topic, start, reach)) return false
    const label = this.#labels.get(topic) ?? -1
    return !this.#isNear('thing', start, label) && !this.#isNear('id', start, label)
  }

  /** True when a label of the topic stands before an index, whatever else stands between. */
  hasLabel(topic: Topic, start: number, reach: number): boolean {
    const label = this.#labels.get(topic) ?? -1
    if (label >= 0 && start - label <= reach) return true
    this.#hasOtherScripts ??= otherScript.test(this.text)
    const other = this.#hasOtherScripts ? otherScripts[topic] : undefined
    return other !== undefined && other.test(this.before(start, reach))
  }

  /** True when a label close before names a thing: an order, a parcel, a serial number. */
  isThing(start: number): boolean {
    return this.#isNear('thing', start, -1)
  }

  /** True when a label close before names a thing or a record: `user_id`, `account`. */
  isRecord(start: number): boolean {
    return this.isThing(start) || this.#isNear('id', start, -1)
  }

  #isNear(topic: Topic, start: number, after: number): boolean {
    const label = this.#labels.get(topic) ?? -1
    if (label <= after || start - label > thingReach) return false
    return !/[.!?;\n]/.test(this.text.slice(label, start))
  }

  /** The text in lower case, unit by unit. */
  get lower(): string {
    this.#lower ??= lowerCase(this.text)
    return this.#lower
  }

  /** Up to `width` lower-case characters before an index. */
  before(at: number, width: number): string {
    return this.lower.slice(Math.max(0, at - width), at)
  }

  /** Up to `width` lower-case characters from an index on. */
  after(at: number, width: number): string {
    return this.lower.slice(at, at + width)
  }

  /** The digit groups that start at an index; the object is reused for the next index. */
  groupsAt(start: number): DigitGroups {
    if (this.#groupsStart !== start) this.#groups.read(this.text, start)
    this.#groupsStart = start
    return this.#groups
  }

  /** The dial string that starts at an index; the object is reused by the next call. */
  dialAt(start: number): DialString {
    this.#dial.read(this.text, start)
    return this.#dial
  }

  /** True when nothing but white space, quotes and brackets stands before an index. */
  isFirst(start: number): boolean {
    this.#bounds ??= boundsOf(this.text)
    return start <= this.#bounds[0]
  }

  /** True when the span is the whole text but for white space, quotes and brackets around it. */
  isWhole(start: number, end: number): boolean {
    this.#bounds ??= boundsOf(this.text)
    return start <= this.#bounds[0] && end >= this.#bounds[1]
  }

  /** Backslashes before the unit at an index. */
  escapeDepth(index: number): number {
    return escapeDepth(this.view, index)
  }
}

function takeRun(scan: Scan, plan: ScanPlan, start: number): void {
  const text = scan.text
  const length = text.length
  let at = start
  let hash = 0
  let letters = 0
  let capitals = 0
  for (; at < length; at++) {
    const code = text.charCodeAt(at)
    const kind = classOf(code)
    if (kind === 0 || kind === sign) break
    const lower = foldCode(code)
    if (kind === letter) letters++
    if (lower !== code) capitals++
    hash = addToHash(hash, lower)
  }
  scan.position = at
  const prefixes = plan.prefixes.get(text.charCodeAt(start), text.charCodeAt(start + 1))
  if (prefixes && takePrefix(scan, prefixes, start, at)) return
  if (letters === 0) {
    const isShort = at - start <= shortDigits && !digitsFollow(text, at)
    return runAll(scan, plan, isShort ? 'short-digits' : 'digits', start, at)
  }
  if (letters < at - start) runAll(scan, plan, at - start <= shortCode ? 'short-code' : 'code', start, at)
  else takeWord(scan, plan, hash, start, at)
  if (capitals > 0 && capitals < letters && at - start <= longestName) takeHumps(scan, plan, start, at)
}

/** Whether a number goes on after a gap such as ` `, `-` or `) `. */
function digitsFollow(text: string, end: number): boolean {
  for (let at = end; at < end + 4; at++) {
    const code = text.charCodeAt(at)
    if (isDigit(code)) return true
    if (code !== 0x20 && code !== 0x28 && code !== 0x29 && (code < 0x2d || code > 0x2f)) return false
  }
  return false
}

/** True when a detector recognised a token and moved the scan on. */
function takePrefix(
  scan: Scan,
  prefixes: readonly (readonly [string, Detector])[],
  start: number,
  end: number,
): boolean {
  for (const [prefix, detector] of prefixes) {
    if (!scan.text.startsWith(prefix, start)) continue
    detector.detect(scan, start, end)
    if (scan.position > end) return true
  }
  return false
}

/** The words inside `homePhoneNumber` are words too. */
function takeHumps(scan: Scan, plan: ScanPlan, start: number, end: number): void {
  let from = start
  let hash = 0
  for (let at = start; at < end; at++) {
    if (at > start && isUpper(scan.text, at) && !isUpper(scan.text, at - 1)) {
      takeWord(scan, plan, hash, from, at)
      from = at
      hash = 0
    }
    hash = addToHash(hash, foldCode(scan.text.charCodeAt(at)))
  }
  if (from > start) takeWord(scan, plan, hash, from, end)
}

function isUpper(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return foldCode(code) !== code
}

function takeWord(scan: Scan, plan: ScanPlan, hash: number, start: number, end: number): void {
  const entries = plan.words.get(hash)
  if (!entries) return
  const word = scan.text.slice(start, end).toLowerCase()
  for (const [expected, detector] of entries) {
    if (expected === word) detector.detect(scan, start, end)
  }
}

function takeSign(scan: Scan, plan: ScanPlan, at: number): void {
  const character = scan.text[at] as Trigger | '-'
  if (character !== '-') runAll(scan, plan, character, at, at + 1)
  else if (scan.text.startsWith('-----', at)) runAll(scan, plan, '-----', at, at + 5)
}

function runAll(scan: Scan, plan: ScanPlan, trigger: Trigger, start: number, end: number): void {
  for (const detector of plan.byTrigger[trigger]) detector.detect(scan, start, end)
}

/** Lower case must keep every index; a few letters (`İ`) grow, so they stay as they are. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase()
  if (lower.length === text.length) return lower
  return Array.from({ length: text.length }, (_, at) => {
    const one = text.charAt(at).toLowerCase()
    return one.length === 1 ? one : text.charAt(at)
  }).join('')
}

function boundsOf(text: string): readonly [number, number] {
  const start = /^[\s"'(<[]*/.exec(text)?.[0].length ?? 0
  let end = text.length
  while (end > start && /[\s"')>\].,;]/.test(text.charAt(end - 1))) end--
  return [start, end]
}
