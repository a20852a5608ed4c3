import {
  broken,
  chooseValue,
  type Failed,
  type Mended,
  refused,
  withChange,
} from './choose-value.ts'
import { fencedPart } from './fence.ts'
import { type Document, type Documents, findDocuments } from './find-documents.ts'
import type { ArrayNode, Fault, Repair } from './node.ts'
import { isHollow, saysMore } from './other-documents.ts'
import { bracelessForms, labelledForms, otherForms } from './other-forms.ts'
import { otherSpellings, unquotedField } from './other-spellings.ts'
import { plainValue } from './plain-value.ts'
import { readProse } from './prose-answer.ts'
import { type MendOptions, readDocument } from './read-document.ts'
import { likely, type Reading, rankOf, type ScalarReading, unique, worse } from './reading.ts'
import { isPlainRefusal, isRefusal, isRefusalObject } from './refusal.ts'
import { isTextOnly, mendText } from './text-answer.ts'
import { type OutputIssue, shorten } from './verdict.ts'
import type { View } from './view.ts'

/**
 * The stages behind the exact reading: find the documents, read each under the schema, and accept a
 * value only if it is the one value that all of them leave.
 */
export function mend(text: string, view: View, options: MendOptions): Mended {
  if (isTextOnly(view)) return mendText(text, view)
  const field = unquotedField(text)
  if (field !== undefined) {
    const inside = mendOnce(field, view, options)
    if (inside.ok) return withChange(inside, 'quotes', text)
  }
  const first = mendOnce(text, view, options)
  if (first.ok) return first
  for (const [rule, other] of otherSpellings(text)) {
    const second = mendOnce(other, view, options)
    if (second.ok) return { ...withChange(second, rule, text), rank: likely }
  }
  if (!hasBracketInComment(text)) return first
  // A comment without a line end swallowed the brackets behind it.
  const short = settle(
    text,
    findDocuments(text, { ...options, shortComments: true }),
    view,
    options,
  )
  return short.ok ? { ...short, rank: likely } : first
}

function mendOnce(text: string, view: View, options: MendOptions): Mended {
  return settle(text, findDocuments(text, options), view, options)
}

/** Whether a line has a closing bracket behind what may be the start of a comment. */
function hasBracketInComment(text: string): boolean {
  if (!text.includes('//') && !text.includes('#')) return false
  return text.split('\n').some((line) => {
    const start = line.search(/\/\/|#/)
    return start >= 0 && Math.max(line.lastIndexOf('}'), line.lastIndexOf(']')) > start
  })
}

function settle(text: string, documents: Documents, view: View, options: MendOptions): Mended {
  const { found, fault, leftover } = documents
  if (fault !== undefined && (found.length > 0 || fault.cause === 'hostile')) {
    return broken(text, fault)
  }
  if (found.length === 0) return withoutDocuments(text, fault, view, options)
  if (isKeyBefore(text, found[0]?.start ?? 0)) return withoutBraces(text, view, options)
  const readings = readAll(text, found, view, options)
  const chosen = chooseValue(text, readings, found)
  if (!chosen.ok) {
    if (chosen.cause !== 'schema') return chosen
    return readFlow(text, found, view, options) ?? (declines(text, found) ? refused(text) : chosen)
  }
  if (leftover !== undefined) return broken(text, leftover)
  const others = readings.length === found.length ? found.filter((_, at) => !readings[at]?.ok) : []
  const other = others.find(({ parsed }) => saysMore(parsed.root, chosen.value, view))
  if (other !== undefined) {
    const message = 'another document holds data of the answer'
    return broken(text, { cause: 'ambiguous', at: other.start, message })
  }
  // An example behind "I cannot provide that" is not the answer, nor are empty brackets behind "I can't".
  const before = text.slice(0, found[0]?.start)
  const isDeclined = isPlainRefusal(before) || (isHollow(chosen.value) && isRefusal(before))
  return isDeclined ? refused(text) : chosen
}

/** YAML whose only brackets are lists on one line, `tags: [x, y]`: the documents are values of it. */
function readFlow(
  text: string,
  found: readonly Document[],
  view: View,
  options: MendOptions,
): Mended | undefined {
  const isFlow = found.every(({ start, parsed }) => {
    const line = text.slice(text.lastIndexOf('\n', start) + 1, start)
    return parsed.root.kind === 'array' && /^\s*(?:[-*] +)?[\w-]{1,60}: +$/.test(line)
  })
  if (!isFlow) return undefined
  for (const tree of labelledForms(fencedPart(text), options)) {
    const reading = readDocument(text, tree, view, options)
    if (reading.ok) return { ...reading, rank: likely }
  }
  return undefined
}

/** `"key": {…}`: the document is a member of an object whose braces are missing. */
function isKeyBefore(text: string, start: number): boolean {
  return /["'”]\s*:\s*$/.test(text.slice(Math.max(0, start - 80), start))
}

function withoutBraces(text: string, view: View, options: MendOptions): Mended {
  for (const tree of bracelessForms(text, options)) {
    const reading = readDocument(text, tree, view, options)
    if (reading.ok) return { ...reading, rank: likely }
  }
  return broken(text, { cause: 'syntax', at: 0, message: 'the braces around the keys are missing' })
}

/** Whether the model declined, in the text or in an object of its own making. */
function declines(text: string, found: readonly Document[]): boolean {
  return isRefusal(text) || found.some(({ parsed }) => isRefusalObject(plainValue(parsed.root)))
}

function readAll(
  text: string,
  found: readonly Document[],
  view: View,
  options: MendOptions,
): readonly Reading[] {
  const isSequence = view.kind === 'array' && found.length > 1
  if (isSequence && found.every(({ parsed }) => parsed.root.kind !== 'array')) {
    return [readSequence(text, found, view, options)]
  }
  const data = found.filter(
    (document, index) => !isBracketInProse(text, document, found[index - 1]?.parsed.end ?? 0),
  )
  return (data.length > 0 ? data : found).map(({ parsed }) =>
    readDocument(text, parsed, view, options),
  )
}

/** One object after the other where a list is wanted. */
function readSequence(
  text: string,
  found: readonly Document[],
  view: View,
  options: MendOptions,
): Reading {
  const start = found[0]?.start ?? 0
  const end = found.at(-1)?.parsed.end ?? start
  const items = found.map(({ parsed }) => parsed.root)
  const root: ArrayNode = { kind: 'array', start, end, items }
  const isPlain = found.every(({ start: next }, index) => {
    return index === 0 || /^[\s,;]*$/.test(text.slice(found[index - 1]?.parsed.end, next))
  })
  const repairs: Repair[] = found.flatMap(({ parsed }) => [...parsed.repairs])
  const kind = isPlain ? 'unique' : 'likely'
  repairs.push({ rule: 'sequence', class: kind, at: start, before: '', after: '[' })
  return readDocument(text, { root, repairs }, view, options)
}

/** `[1]` or `{name}` in a sentence, when the text has real data elsewhere. */
function isBracketInProse(text: string, document: Document, from: number): boolean {
  const { root } = document.parsed
  if (root.kind !== 'array' || root.items.length > 3) return false
  if (!root.items.every((item) => item.kind === 'bare')) return false
  const lineStart = text.lastIndexOf('\n', document.start - 1) + 1
  return /\p{L}/u.test(text.slice(Math.max(from, lineStart), document.start))
}

/** The forms of an answer that have no brackets of their own. */
function withoutDocuments(
  text: string,
  fault: Fault | undefined,
  view: View,
  options: MendOptions,
): Mended {
  if (isRefusal(text)) return refused(text)
  if (fault !== undefined) return broken(text, fault)
  for (const tree of otherForms(text, options)) {
    const reading = readDocument(text, tree, view, options)
    if (reading.ok) return { ...reading, rank: worse(reading.rank, unique) }
  }
  return proseAnswer(text, readProse(text, view))
}

function proseAnswer(text: string, found: ScalarReading): Mended {
  if (found === undefined) return noJson(text, 'no-json', 'there is no JSON in the text')
  if (found === 'ambiguous')
    return noJson(text, 'ambiguous', 'the text can be read in several ways')
  const { value, rule } = found
  const kind = found.class ?? 'lossless'
  if (rule === undefined) return { ok: true, value, rank: rankOf(kind), changes: [] }
  const change = { path: [], rule, class: kind, before: shorten(text.trim(), 120), after: value }
  return { ok: true, value, rank: rankOf(kind), changes: [change] }
}

function noJson(text: string, cause: 'no-json' | 'ambiguous', message: string): Failed {
  const issue: OutputIssue = { path: [], expected: 'JSON', got: shorten(text.trim(), 60), message }
  return { ok: false, cause, issues: [issue], at: 0 }
}
