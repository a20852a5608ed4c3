import { isDigit, isOpener, isQuote, isWord } from './characters.ts'
import { type ParserState, parenthesis } from './parser-state.ts'
import { isToken, readBare } from './read-bare.ts'
import { readString } from './read-string.ts'

/** Values: brackets are opened, scalars are read, and calls that only wrap their data are entered. */

/** Calls that only name the type of their argument. */
const typeCalls =
  /^(?:new\s+)?(?:ObjectId|ISODate|Date|NumberLong|NumberInt|NumberDecimal|Decimal|Decimal128|UUID|Timestamp|str|int|float|bool|list|dict|tuple|set|frozenset|OrderedDict)$/
const callStart = /^((?:new\s+)?[A-Za-z_][\w.]{0,60})\(\s*([A-Za-z_]\w{0,60}\s*=(?!=))?/

/** The callee and the place behind its parenthesis, where a call that carries data starts at `at`. */
export function callAt(text: string, at: number): { callee: string; named: boolean } | undefined {
  if (at > 0 && (isWord(text.charCodeAt(at - 1)) || text.charCodeAt(at - 1) === 0x2e))
    return undefined
  const match = callStart.exec(text.slice(at, at + 140))
  if (match?.[1] === undefined) return undefined
  if (match[2] === undefined && !typeCalls.test(match[1])) return undefined
  return { callee: match[1], named: match[2] !== undefined }
}

export function readValue(state: ParserState) {
  const code = state.code
  if (code === parenthesis) state.repair('tuple', 'likely', '(', '[')
  if (isOpener(code)) return state.open(code, false, state.at)
  if (isQuote(code) || state.isEscapedQuote()) return stringValue(state)
  const prefix = /^[bruf]{1,2}(?=['"][^\s,:}\])])/i.exec(
    state.text.slice(state.at, state.at + 4),
  )?.[0]
  if (prefix !== undefined) {
    state.repair('string-prefix', 'lossless', prefix, undefined)
    state.at += prefix.length
    return stringValue(state)
  }
  const call = isWord(code) && !isDigit(code) ? callAt(state.text, state.at) : undefined
  if (call !== undefined) return openCall(state, call.callee, call.named)
  bareValue(state)
}

function stringValue(state: ParserState) {
  const start = state.at
  const read = readString(state.text, start, state.place())
  state.accept(read)
  const isColon = state.lackedColonAt === start && read.text.startsWith(':')
  const isComma = state.lackedCommaAt === start && read.text.startsWith(',')
  if (isColon || isComma) return state.misplaced()
  state.attach({ kind: 'string', start, end: read.end, text: read.text })
}

function bareValue(state: ParserState) {
  const start = state.at
  const read = readBare(state.text, start, state.place())
  state.accept(read)
  if (state.fault !== undefined) return
  if (state.lackedColonAt === start && !isToken(read.text)) return state.misplaced()
  const before = state.frames.at(-1)?.node
  if (read.isString && before?.kind === 'array' && before.items.at(-1)?.kind === 'bare') {
    return state.fail('ambiguous', 'it is not clear which of the words before a quote belong to it')
  }
  const kind = read.isString ? 'string' : 'bare'
  state.attach({ kind, start, end: read.end, text: read.text })
}

function openCall(state: ParserState, callee: string, isNamed: boolean): void {
  const start = state.at
  state.repair('call', 'likely', `${callee}(`, undefined)
  state.at = state.text.indexOf('(', state.at)
  state.open(parenthesis, false, start)
  const frame = state.top
  frame.node = isNamed
    ? { kind: 'object', start, end: start, members: [], callee }
    : { kind: 'array', start, end: start, items: [], callee }
}
