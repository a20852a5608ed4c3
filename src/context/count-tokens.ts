/**
 * Tokens of a text by OpenAI's public tokenizer o200k.
 *
 * Byte pair encoding as it is usually written needs time quadratic in the length of an unbroken run:
 * 100 KB of one letter, of emoji or of Chinese without punctuation keep a JavaScript tokenizer busy
 * for 13 to 140 seconds. So a run is handed over in slices: the count stays exact for everything that
 * people write, can only be too high for what they do not, and the time grows with the length alone.
 * A stretch so long that even this would hold up the process is counted from a sample of its blocks.
 */
import { HoldfastError } from '../base/errors.ts'
import type { TokenCount } from '../model/conversation.ts'
import type { Message } from '../model/message.ts'
import { cutLongRuns, slicesOf } from './text-slices.ts'
import { addTokens, noTokens, type ScriptCount, withScripts } from './token-count.ts'

type Tokenizer = (text: string) => number

/** No natural word, and no token of o200k, is longer than this. */
const sliceLength = 128

/** A stretch of this many characters without white space is no prose; its blocks are sampled. */
const sampledLength = 32_768
/** What of such a text is counted, spread over it: some 50 ms of CPU for the slowest scripts. */
const sampleLength = 16_384
const blockLength = 512
/** On top of a sampled count, so that it errs on the side that keeps a budget. */
const samplingMargin = 1.02

const stretch = /\S+|\s+/gu
const longRun = /[\p{L}\p{M}]{129,}|[^\s\p{L}\p{M}\p{N}]{129,}|\s{129,}/gu
const nonAscii = /[^\0-\x7f]/
const word = / ?\S+/g

let tokenizer: Tokenizer | undefined

/**
 * Loads the tokenizer, about 250 ms of CPU and 60 MB once in a process. `countTokens` works from then
 * on; a second call does nothing.
 */
export async function loadTokenizer(): Promise<void> {
  if (tokenizer) return
  const o200k = await import('gpt-tokenizer/encoding/o200k_base')
  // A text that spells a control token, such as `<|endoftext|>`, is still only text.
  const asPlainText = { disallowedSpecial: new Set<string>() }
  tokenizer = (text) => o200k.countTokens(text, asPlainText)
}

/**
 * Counts the tokens of a text. Exact, but for runs of more than 128 letters, symbols or spaces (never
 * too low) and stretches of more than 32,768 characters without white space (estimated, 2 % on top).
 *
 * @throws INVALID_CONFIG before `loadTokenizer()` has resolved.
 */
export function countTokens(text: string): ScriptCount {
  return withScripts(countAll(text), text)
}

function countAll(text: string): TokenCount {
  if (text.length < sampledLength) return countSliced(text)
  let count = noTokens
  for (const part of cutLongRuns(text, stretch, sampledLength)) {
    count = addTokens(
      count,
      part.long ? countSample(part.text, text.length) : countSliced(part.text),
    )
  }
  return count
}

/** Counts all that a message says: its text and, of tool calls, names and arguments. */
export function countMessage(message: Message): ScriptCount {
  const text = countTokens(message.content)
  if (message.role !== 'assistant' || message.toolCalls === undefined) return text
  return message.toolCalls.reduce(
    (sum: ScriptCount, call) =>
      addTokens(sum, addTokens(countTokens(call.name), countTokens(call.arguments))),
    text,
  )
}

function countSliced(text: string): TokenCount {
  if (text.length <= sliceLength) return countPiece(text)
  let count = noTokens
  for (const part of cutLongRuns(text, longRun, sliceLength)) {
    count = addTokens(count, part.long ? countRun(part.text) : countPiece(part.text))
  }
  return count
}

/** A run in slices. Cut otherwise it might come out a little longer, so it is charged for that. */
function countRun(run: string): TokenCount {
  let count = noTokens
  for (const slice of slicesOf(run, sliceLength)) count = addTokens(count, countPiece(slice))
  const { ascii, other } = count
  const charge = Math.ceil(run.length / sliceLength / 4)
  return other > 0 ? { ascii, other: other + charge } : { ascii: ascii + charge, other }
}

/** Counts every n-th block of a stretch, so that a text of any length costs about the same. */
function countSample(run: string, textLength: number): TokenCount {
  const every = Math.ceil(textLength / sampleLength)
  let counted = 0
  let index = 0
  let sample = noTokens
  for (const block of slicesOf(run, blockLength)) {
    if (index++ % every !== 0) continue
    sample = addTokens(sample, countSliced(block))
    counted += block.length
  }
  const scale = (run.length / counted) * samplingMargin
  return { ascii: Math.ceil(sample.ascii * scale), other: Math.ceil(sample.other * scale) }
}

/** The words that hold a character outside ASCII are counted once more by themselves. */
function countPiece(text: string): TokenCount {
  if (text === '') return noTokens
  const count = loaded()
  const all = count(text)
  if (!nonAscii.test(text)) return { ascii: all, other: 0 }
  let other = 0
  for (const [each] of text.matchAll(word)) {
    if (nonAscii.test(each)) other += each === text ? all : count(each)
  }
  other = Math.min(other, all)
  return { ascii: all - other, other }
}

function loaded(): Tokenizer {
  if (tokenizer) return tokenizer
  throw new HoldfastError(
    'INVALID_CONFIG',
    'Tokens were counted before the tokenizer was loaded. Await loadTokenizer() once at start.',
    { option: 'tokenizer', value: undefined },
  )
}
