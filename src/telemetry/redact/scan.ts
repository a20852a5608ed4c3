import type { Candidate, Evidence } from './candidate.ts'
import { DialString } from './dial-string.ts'
import { DigitGroups } from './digit-groups.ts'
import { otherScripts, type Topic, topics } from './label-words.ts'
import { originalStart, quoteDepth, type TextView } from './text-view.ts'

const noLabels = Object.fromEntries(topics.map((topic) => [topic, -1e9])) as Record<Topic, number>
/** How far before a value its label may stand, in characters. */
const labelReach = 48
/** A label of a thing has to stand closer, in the same sentence. */
const thingReach = 24
/** Keys of JSON whose value is a text of its own. */
const messageKey = /"(?:content|text|message|input|prompt|body|query|question|answer)"\s?:\s?$/

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
  bareValue = { start: -1, end: -1, reads: 0 }
  readonly #groups = new DigitGroups()
  #groupsStart = -1
  readonly #dial = new DialString()
  #lower: string | undefined
  #bounds: readonly [number, number] | undefined
  /** Where the last label of each topic ends; far before the text where there was none. */
  readonly #labels: Record<Topic, number> = { ...noLabels }

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
    this.#labels[topic] = end
  }

  /** True when a label of the topic stands before an index, and no label of a thing nearer to it. */
  isLabelled(topic: Topic, start: number, reach = labelReach): boolean {
    if (!this.hasLabel(topic, start, reach)) return false
    const label = this.#labels[topic]
    return !this.#isNear('thing', start, label) && !this.#isNear('id', start, label)
  }

  /** True when a label of the topic stands before an index, whatever else stands between. */
  hasLabel(topic: Topic, start: number, reach: number): boolean {
    if (start - this.#labels[topic] <= reach) return true
    const other = this.view.hasOtherScripts ? otherScripts[topic] : undefined
    return other?.test(this.before(start, reach)) ?? false
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
    const label = this.#labels[topic]
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

  /** True when a text, or the text of a message inside JSON, begins at an index. */
  isFirst(start: number): boolean {
    this.#bounds ??= boundsOf(this.text)
    if (start <= this.#bounds[0]) return true
    return this.text[start - 1] === '"' && messageKey.test(this.before(start - 1, 24))
  }

  /** True when the span is all of a text or message but for white space, quotes and brackets. */
  isWhole(start: number, end: number): boolean {
    if (!this.isFirst(start)) return false
    return (
      end >= (this.#bounds?.[1] ?? 0) || (this.text[start - 1] === '"' && this.text[end] === '"')
    )
  }

  /** True when the unit at an index is written as an escape, such as a newline inside JSON. */
  isEscape(index: number): boolean {
    return this.view.original[originalStart(this.view, index)] === '\\'
  }

  /** Depth of the string that a quote at an index opens or closes. */
  quoteDepth(index: number): number {
    return quoteDepth(this.view, index)
  }
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
