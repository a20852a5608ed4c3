import { hasNewline, isCloser, isOpener, isQuote } from './characters.ts'
import { checkClosers, closeBefore, closeBracket, endOfText, endsInFence } from './close-bracket.ts'
import type { ArrayNode, Member, Node, ObjectNode, Parsed, StringNode } from './node.ts'
import { readKey } from './parse-key.ts'
import { readValue } from './parse-value.ts'
import { brace, bracket, type Frame, type ParseOptions, ParserState } from './parser-state.ts'
import { readString } from './read-string.ts'

/**
 * Reads JSON as models write it, in one pass and with an explicit stack, so that no input can
 * overflow the call stack and time grows with length alone.
 *
 * Every deviation is mended where it stands and noted as a repair. Where mending would be a guess
 * (a missing value, an ellipsis, a string that ends in two places) the parser stops with a fault.
 */

/** Parses the value that starts at `at`, which is a bracket, a quote or the name of a call. */
export function parseTolerant(text: string, at: number, options: ParseOptions): Parsed {
  const state = new ParserState(text, at, options)
  if (options.braceless) state.open(brace, false, 0)
  else readValue(state)
  while (state.frames.length > 0 && state.fault === undefined) step(state)
  if (state.fault === undefined) checkClosers(state)
  const { root, frames, repairs, begun, fault } = state
  return {
    root: root ?? frames[0]?.node ?? { kind: 'bare', start: at, end: at, text: '' },
    end: state.at,
    repairs,
    begun,
    ...(fault !== undefined && { fault }),
  }
}

/** Takes one token at the top of the stack. */
function step(state: ParserState) {
  const frame = state.top
  state.skipTrivia()
  if (state.at >= state.text.length) return endOfText(state, frame)
  const { code } = state
  if (frame.state === 'value') return readValue(state)
  if (isCloser(code)) return closeBracket(state, frame, code)
  if (code === 0x2c || code === 0x3b) return readComma(state, frame)
  if (code === 0x60 && endsInFence(state)) return endOfText(state, frame)
  if (frame.node.kind === 'array') return readItem(state, frame, frame.node, code)
  if (frame.state === 'after') return afterMember(state, frame, code)
  readKey(state, frame, frame.node, code)
}

function readComma(state: ParserState, frame: Frame) {
  if (frame.state === 'after') {
    if (state.code === 0x3b) state.repair('separator', 'lossless', ';', ',')
    frame.state = 'next'
  } else if (frame.state === 'next' && frame.node.kind === 'array') {
    return state.fail('ambiguous', 'an item may be missing between two commas')
  } else state.repair('extra-comma', 'lossless', ',', undefined)
  state.at++
}

function readItem(state: ParserState, frame: Frame, node: ArrayNode, code: number) {
  if (code === 0x3a && frame.state === 'after') return openImplicit(state, frame, node)
  if (frame.state === 'after') missingComma(state, node.items.at(-1))
  if (state.fault === undefined) readValue(state)
}

/** `["a": 1]` lacks the braces around its member. */
function openImplicit(state: ParserState, frame: Frame, node: ArrayNode) {
  const key = node.items.at(-1)
  if (key?.kind !== 'string') return state.fail('syntax', 'a colon stands in an array')
  node.items.pop()
  if (isKeyOfParent(state, node, key.text)) return closeListBefore(state, frame, key)
  state.repair('missing-brace', 'likely', '', '{')
  frame.state = 'next'
  state.open(brace, true, key.start)
  const inner = state.top
  inner.key = key.text
  inner.state = 'value'
  state.at++
}

/**
 * `{"a": [1, 2, "b": 3}`: the key is rather the parent's. A list of plain items has no reason to begin
 * an object without its brace, and the next bracket that closes is the parent's.
 */
function isKeyOfParent(state: ParserState, { items }: ArrayNode, key: string): boolean {
  const parent = state.frames.at(-2)
  if (parent?.node.kind !== 'object' || parent.isImplicit || items.length === 0) return false
  const isPlain = items.every(({ kind }) => kind === 'string' || kind === 'bare')
  if (!isPlain || !state.options.known.has(key)) return false
  if (parent.node.members.some((member) => member.key === key)) return false
  // The bracket may stand inside the last string, which lost its quote.
  const last = items.at(-1)
  if (last?.kind === 'string' && /[\]\n]/.test(last.text)) return false
  return nextCloser(state.text, state.at) === '}'
}

/** How far a closing bracket is looked for. */
const closerWindow = 300

/** The first bracket behind `from` that closes what was open there. */
function nextCloser(text: string, from: number): string | undefined {
  let depth = 0
  for (const [token] of text
    .slice(from, from + closerWindow)
    .matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') {
      if (depth === 0) return token
      depth--
    }
  }
  return undefined
}

function closeListBefore(state: ParserState, frame: Frame, key: StringNode): void {
  const colon = state.at
  state.at = key.start
  state.repair('missing-closer', 'likely', '', ']')
  frame.state = 'after'
  if (!state.pop()) return
  state.top.key = key.text
  state.top.state = 'value'
  state.at = colon + 1
}

function afterMember(state: ParserState, frame: Frame, code: number) {
  const last = (frame.node as ObjectNode).members.at(-1)
  if (code === 0x2b && last?.value.kind === 'string') return concatenate(state, last)
  if (code === brace && state.brackets.at(-2) === bracket) return closeBefore(state, frame)
  if (isOpener(code)) return state.fail('syntax', 'a value without a key')
  missingComma(state, last?.value)
  frame.state = 'next'
}

/** A comma that is missing behind a string which ends in one changed places with the quote. */
function missingComma(state: ParserState, before: Node | undefined) {
  if (before?.kind === 'string') {
    const isBlock = /^(?:"""|'''|```)$/.test(state.text.slice(before.end - 3, before.end))
    const isAdjacent = before.end === state.at && state.top.node.kind === 'array'
    const endsOpen = !isBlock && /[,\n]\s*$/.test(before.text.slice(-80))
    if (isAdjacent || endsOpen) return state.misplaced()
  }
  if (!hasNewline(state.text, before?.end ?? state.at, state.at)) state.lackedCommaAt = state.at
  state.repair('missing-comma', 'lossless', '', ',')
}

/** `'one' + 'two'`, as programs write long strings. */
function concatenate(state: ParserState, member: Member) {
  state.at++
  state.skipTrivia()
  if (!isQuote(state.code)) return state.fail('syntax', 'a "+" without a string')
  const read = readString(state.text, state.at, state.place('value'))
  state.repair('concatenation', 'lossless', '+', undefined)
  state.accept(read)
  if (member.value.kind !== 'string') return
  const joined: Node = { ...member.value, text: member.value.text + read.text, end: read.end }
  const members = (state.top.node as ObjectNode).members
  members[members.length - 1] = { key: member.key, value: joined }
}
