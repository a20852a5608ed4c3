import { closerOf, continues } from './closing.ts'
import { followOf } from './lookahead.ts'
import { brace, bracket, type Frame, type ParserState, parenthesis } from './parser-state.ts'
import type { RuleName } from './rule-names.ts'

/**
 * Closing brackets, the right ones and the others: one that closes an outer bracket, one that closes
 * nothing, one that is missing. What follows decides where a bracket belongs, since a document has to
 * go on behind it; where two places are as good, it is a fault.
 */

export function closeBracket(state: ParserState, frame: Frame, code: number) {
  const depth = matchingFrame(state, code)
  if (depth < 0) return strayCloser(state, code)
  const parent = state.brackets[depth - 1]
  const follow = followOf(state.text, state.at + 1, state.options.known)
  const isTop = depth === state.frames.length - 1
  if (!continues(follow, parent)) {
    const isEarly = follow === 'comma-key' && state.brackets[depth] === brace
    if (isEarly && isTop && parent !== bracket) return skipCloser(state, code)
    if (isEarly && isTop && !repeatsKey(state, frame)) {
      return state.fail('ambiguous', 'a closing brace too many, or an opening one too few')
    }
    if (isEarly && depth === state.frames.length - 2) return closeTop(state, 'mismatched-closer')
    if (!isTop && follow === 'comma-value' && frame.node.kind === 'array') {
      return skipCloser(state, code)
    }
  }
  while (state.frames.length - 1 > depth) {
    const top = state.top
    if (top.open === parenthesis || endsWithCloser(top.node)) return state.misplaced()
    if (!top.isImplicit) state.repair('missing-closer', 'likely', '', closerText(top.open))
    if (!state.pop()) return
  }
  if (frame.state === 'next') state.repair('extra-comma', 'lossless', ',', undefined)
  state.at++
  state.pop()
}

/** Whether the key behind this bracket is one that the object has: then a new object begins. */
function repeatsKey(state: ParserState, frame: Frame): boolean {
  const ahead = /^[\s,]*["'“]([^"'”\n]{1,100})["'”]\s*:/.exec(
    state.text.slice(state.at + 1, state.at + 160),
  )
  const key = ahead?.[1]
  return frame.node.kind === 'object' && frame.node.members.some((member) => member.key === key)
}

/** The innermost frame that this bracket closes, or -1. */
function matchingFrame(state: ParserState, code: number): number {
  const top = state.top
  if (top.isImplicit && code === 0x7d) return state.frames.length - 1
  for (let depth = state.frames.length - 1; depth >= 0; depth--) {
    const frame = state.frames[depth] as Frame
    if (closerOf(frame.open) === code && !frame.isImplicit) return depth
  }
  return -1
}

function strayCloser(state: ParserState, code: number) {
  if (state.frames.length > 1) return state.fail('syntax', 'a bracket closes nothing')
  const follow = followOf(state.text, state.at + 1, state.options.known)
  if (follow === 'end' || follow === 'fence') return closeTop(state, 'mismatched-closer')
  skipCloser(state, code)
}

function skipCloser(state: ParserState, code: number) {
  const isInList = code === 0x5d || state.frames.at(-1)?.node.kind === 'array'
  if (isInList && state.options.known.nestsLists) {
    return state.fail('ambiguous', 'a closing bracket too many, or an opening one too few')
  }
  state.repair('stray-closer', 'likely', String.fromCharCode(code), undefined)
  state.at++
}

function closeTop(state: ParserState, rule: RuleName): void {
  state.repair(rule, 'likely', state.text.charAt(state.at), closerText(state.brackets.at(-1)))
  state.at++
  state.pop()
}

/** `{"a": 1, {"a": 2}` in an array: the first object was not closed. */
export function closeBefore(state: ParserState, frame: Frame): void {
  state.repair('missing-closer', 'likely', '', '}')
  frame.state = 'after'
  if (state.pop()) state.top.state = 'next'
}

export function endOfText(state: ParserState, frame: Frame) {
  if (frame.state === 'value') return state.fail('truncated', 'the text ends where a value belongs')
  if (frame.state === 'first') return state.fail('truncated', 'the text ends behind a bracket')
  if (frame.state === 'next') return state.fail('truncated', 'the text ends behind a comma')
  if (state.options.mayBeCut)
    return state.fail('truncated', 'the text ends before its last bracket')
  if (frame.open !== parenthesis && endsWithCloser(frame.node)) return state.misplaced()
  while (state.frames.length > 0) {
    const top = state.top
    if (!(state.options.braceless && state.frames.length === 1)) {
      state.repair('missing-closer', 'lossless', '', closerText(top.open))
      if (top.node.kind === 'object') top.node.isUnclosed = true
    }
    if (!state.pop()) return
  }
}

/** The closing fence of the block that the document stands in. */
export function endsInFence(state: ParserState): boolean {
  if (!state.text.startsWith('```', state.at)) return false
  const frame = state.top
  return frame.state === 'after' && state.at > 0
}

/** A bracket that is missing may be the one in front of a closing quote: `"hello}"`. */
export function checkClosers(state: ParserState): void {
  const missing = state.repairs.find((repair) => repair.rule === 'missing-closer')
  if (missing === undefined) return
  if (!/[}\]]["'”]\s*[,}\]]/.test(state.text.slice(state.start, state.at))) return
  if (missing.class === 'likely') state.misplaced()
  else state.fail('truncated', 'the text ends before its last bracket')
}

/** Whether the last string ends in the bracket that is missing behind it. */
function endsWithCloser(node: Frame['node']): boolean {
  const last = node.kind === 'array' ? node.items.at(-1) : node.members.at(-1)?.value
  return last?.kind === 'string' && last.text.endsWith(node.kind === 'array' ? ']' : '}')
}

function closerText(open: number | undefined): string {
  return String.fromCharCode(closerOf(open))
}
