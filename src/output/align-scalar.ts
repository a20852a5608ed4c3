import { type Aligner, mostRecorded } from './aligner.ts'
import { describeView } from './describe-view.ts'
import type { BareNode, Node, StringNode } from './node.ts'
import { describeNode, plainValue, tokenValue } from './plain-value.ts'
import { isBareNull, readBoolean, readNull } from './read-boolean.ts'
import { readChoice } from './read-choice.ts'
import { readFormatted } from './read-date.ts'
import { readNumber } from './read-number.ts'
import {
  changed,
  type Mismatch,
  match,
  mismatch,
  type Reading,
  rankOf,
  type ScalarReading,
  sameValue,
} from './reading.ts'
import { shorten } from './verdict.ts'
import type { ChoiceView, NumberView, ScalarView } from './view.ts'

/** Reads a string or a token under a schema that wants a scalar. */
export function alignScalar(
  aligner: Aligner,
  node: Node,
  view: ChoiceView | ScalarView | NumberView,
): Reading {
  if (node.kind === 'object' || node.kind === 'array') {
    if (view.kind === 'choice') return alignConstant(aligner, node, view)
    return wrong(aligner, node, describeView(view))
  }
  const found = readScalar(node, view)
  if (found === undefined) return wrong(aligner, node, describeView(view))
  if (found === 'ambiguous') {
    const mixed = wrong(aligner, node, describeView(view))
    return { ...mixed, ambiguous: true }
  }
  if (found.rule === undefined) return match(found.value)
  if (++aligner.recorded > mostRecorded) {
    return { ...match(found.value), rank: rankOf(found.class ?? 'likely') }
  }
  return changed(match(found.value), {
    path: aligner.path.slice(),
    rule: found.rule,
    class: found.class ?? 'likely',
    before: shorten(node.text, 120),
    after: found.value,
  })
}

function readScalar(
  node: StringNode | BareNode,
  view: ChoiceView | ScalarView | NumberView,
): ScalarReading {
  const isBare = node.kind === 'bare'
  switch (view.kind) {
    case 'choice':
      return readOneOf(node, view)
    case 'number':
      return readNumber(node.text, isBare, view)
    case 'boolean':
      return readBoolean(node.text, isBare)
    case 'null':
      return readNull(node.text, isBare)
    case 'string':
      return readText(node, view)
  }
}

function readOneOf(node: StringNode | BareNode, view: ChoiceView): ScalarReading {
  if (node.kind === 'bare') {
    const value = tokenValue(node.text)
    if (view.values.includes(value)) return { value }
    if (value === null) return undefined
  }
  return readChoice(node.text, view.values)
}

/** A string, or a token whose characters are the string: `1.10` and `02134` keep their zeros. */
function readText(node: StringNode | BareNode, view: ScalarView): ScalarReading {
  if (node.kind === 'bare') {
    if (isBareNull(node.text)) return undefined
    if (!accepts(node.text, view)) return undefined
    const isToken = typeof tokenValue(node.text) !== 'string'
    if (!isToken) return { value: node.text }
    return { value: node.text, rule: 'token-to-string', class: 'unique' }
  }
  const formatted = view.format === undefined ? undefined : readFormatted(node.text, view.format)
  if (formatted !== undefined && accepts(String(formatted.value), view)) return formatted
  if (accepts(node.text, view)) return { value: node.text }
  const trimmed = node.text.trim()
  if (trimmed === node.text || !accepts(trimmed, view)) return undefined
  return { value: trimmed, rule: 'trim', class: 'unique' }
}

function accepts(text: string, view: ScalarView): boolean {
  if (text.length < view.minLength) return false
  // JSON Schema counts code points: a text of surrogate pairs is half as long as it looks.
  if (text.length > view.maxLength && [...text].length > view.maxLength) return false
  return view.pattern === undefined || view.pattern.test(text)
}

/** A `const` or `enum` member that is an object or an array. */
function alignConstant(aligner: Aligner, node: Node, view: ChoiceView): Reading {
  const value = plainValue(node)
  const isMember = view.values.some((member) => sameValue(member, value))
  return isMember ? match(value) : wrong(aligner, node, describeView(view))
}

function wrong(aligner: Aligner, node: Node, expected: string): Mismatch {
  return mismatch(aligner.path.slice(), expected, describeNode(aligner.text, node))
}
