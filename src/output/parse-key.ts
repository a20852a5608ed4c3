import { isCloser, isOpener, isQuote } from './characters.ts'
import { closeBefore } from './close-bracket.ts'
import { quotedKeyAhead } from './lookahead.ts'
import type { Node, ObjectNode } from './node.ts'
import { brace, bracket, type Frame, type ParserState } from './parser-state.ts'
import { readBareKey } from './read-bare.ts'
import { readString } from './read-string.ts'
import { skipTrivia } from './trivia.ts'

/** The keys of objects, in any quotes or none, with their colon. */

export function readKey(state: ParserState, frame: Frame, node: ObjectNode, code: number) {
  if (isQuote(code) || state.isEscapedQuote()) return quotedKey(state, frame, node)
  if (isOpener(code)) return openerForKey(state, frame, node, code)
  if (state.text.startsWith('...', state.at) || code === 0x2026) {
    return state.fail('ambiguous', 'data was left out with an ellipsis')
  }
  const read = readBareKey(state.text, state.at)
  if (read.kind === 'cut') return state.fail('truncated', 'the text ends in a key')
  if (read.kind === 'words') return wordsForKey(state, frame, node, read.text, read.end)
  if (read.key === '') return state.fail('syntax', 'a key is missing')
  if (node.callee === undefined) state.repair('bare-key', 'lossless', read.key, undefined)
  state.at = read.end
  frame.key = read.key
  colon(state, frame)
}

function openerForKey(state: ParserState, frame: Frame, node: ObjectNode, code: number) {
  if (code !== brace) {
    state.begun = true
    return state.fail('syntax', 'a value without a key')
  }
  if (node.members.length > 0) {
    if (state.brackets.at(-2) === bracket) return closeBefore(state, frame)
    return state.fail('syntax', 'a value without a key')
  }
  if (frame.isDoubled) return state.fail('syntax', 'an object without keys')
  frame.isDoubled = true
  state.repair('doubled-braces', 'lossless', '{{', '{')
  state.at++
}

function quotedKey(state: ParserState, frame: Frame, node: ObjectNode) {
  const start = state.at
  const read = readString(state.text, state.at, state.place('key'))
  state.doubledQuotes ||=
    read.text !== '' && state.text.charAt(start) === state.text.charAt(start + 1)
  state.accept(read)
  state.begun = true
  if (state.fault !== undefined) return
  state.skipTrivia()
  const code = state.code
  if (state.at >= state.text.length) return state.fail('truncated', 'the text ends behind a key')
  const isItem = code === 0x2c || isCloser(code)
  if (isItem && node.members.length === 0) {
    return becomeSet(state, frame, { kind: 'string', start, end: read.end, text: read.text })
  }
  if (isItem) return state.fail('syntax', `the key "${read.text.slice(0, 40)}" has no value`)
  frame.key = read.text
  colon(state, frame)
}

/** Words where a key belongs: a key without its colon, an item of a set, or a stray word. */
function wordsForKey(
  state: ParserState,
  frame: Frame,
  node: ObjectNode,
  words: string,
  end: number,
) {
  const next = skipTrivia(state.text, end)
  const code = state.text.charCodeAt(next)
  if (isQuote(code) || isOpener(code)) {
    if (isQuote(code) && quotedKeyAhead(state.text, next, state.options.known)) {
      state.repair('stray-word', 'likely', words, undefined)
      state.at = next
      return
    }
    state.at = end
    frame.key = words
    state.repair('bare-key', 'lossless', words, undefined)
    return colon(state, frame)
  }
  if (node.members.length > 0 || words === '') {
    return state.fail('syntax', `"${words.slice(0, 40)}" is neither a key nor a value`)
  }
  becomeSet(state, frame, { kind: 'bare', start: state.at, end, text: words })
  state.at = end
}

/** `{'a', 'b'}` is how Python prints a set. */
function becomeSet(state: ParserState, frame: Frame, first: Node): void {
  state.repair('set', 'likely', '{', '[')
  frame.node = { kind: 'array', start: frame.node.start, end: frame.node.end, items: [first] }
  frame.state = 'after'
  // Its own brace still closes it, so `open` stays as it is.
}

function colon(state: ParserState, frame: Frame): void {
  state.skipTrivia()
  const code = state.code
  frame.state = 'value'
  if (code === 0x3a || code === 0x3d) {
    state.begun = true
    const isArrow = code === 0x3d && state.text.charCodeAt(state.at + 1) === 0x3e
    if (code === 0x3d && frame.open === brace) state.repair('separator', 'lossless', '=', ':')
    state.at += isArrow ? 2 : 1
    while (state.code === 0x3a) {
      state.repair('separator', 'lossless', '::', ':')
      state.at++
    }
  } else if (/[{}[\],:\n]/.test(frame.key)) {
    state.fail('ambiguous', `the key "${frame.key.slice(0, 40)}" holds more than a key`)
  } else {
    state.lackedColonAt = state.at
    state.repair('missing-colon', 'lossless', '', ':')
  }
}
