import type { Message } from '../../../model/message.ts'
import { type Amount, amountsOf, currenciesOf } from './money.ts'
import { keywordsOf, wordsOf } from './text.ts'
import { affinity } from './word-groups.ts'

export type Topic = 'exchange' | 'support' | 'inquiry' | 'other'

/** What the rules make of a prompt: facts of the user's words, and nothing else. */
export interface Reading {
  /** What the user says now. */
  readonly message: string
  /** What the user said before, oldest first. */
  readonly earlier: readonly string[]
  /** What the system messages say: instructions, knowledge, summaries. */
  readonly background: string
  readonly topic: Topic
  /** 0 for whenever, 1 for at once. */
  readonly urgency: number
  /** Such as `tonight`. */
  readonly when: string | undefined
  /** Of the message, or of what was said before where it names none. */
  readonly amount: Amount | undefined
  readonly from: string | undefined
  readonly to: string | undefined
  readonly isQuestion: boolean
  readonly keywords: readonly string[]
  /** The one thing among several that is being filled in: an item of a list. */
  readonly subject: string | undefined
}

export function readPrompt(messages: readonly Message[]): Reading {
  const said = userTexts(messages)
  const message = said.at(-1) ?? ''
  const earlier = said.slice(0, -1)
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content)
  const conversation = [...earlier, message].join('\n')
  const [first, second] = currenciesOf(message)
  const amount = amountsOf(message).at(0) ?? amountsOf(earlier.join('\n')).at(-1)
  const direction = directionOf(message) ?? directionOf(conversation)
  return {
    message,
    earlier,
    background: system.join('\n'),
    topic: topicOf(message) ?? topicOf(conversation) ?? 'other',
    urgency: urgencyOf(message),
    when: whenOf(message) ?? whenOf(earlier.at(-1) ?? ''),
    amount,
    from: direction?.from ?? amount?.currency ?? first,
    to: direction?.to ?? (second === amount?.currency ? undefined : second),
    isQuestion:
      /\?\s*$/.test(message.trim()) ||
      /^(what|how|why|when|where|which|who|can|could|is|are|do|does)\b/i.test(message.trim()),
    keywords: keywordsOf(message),
    subject: undefined,
  }
}

/** The same prompt, read for what it says of one thing. */
export function focusOn(reading: Reading, subject: string): Reading {
  return {
    ...reading,
    subject,
    amount: amountsOf(subject)[0] ?? amountsOf(subject, true).at(-1) ?? reading.amount,
    keywords: keywordsOf(subject),
  }
}

/**
 * The user's own words. A message that sends an answer back because it does not fit, or that asks to
 * go on, is the caller's and not the user's.
 */
function userTexts(messages: readonly Message[]): string[] {
  const texts: string[] = []
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'user') continue
    const answersModel = messages[index - 1]?.role === 'assistant'
    if (answersModel && isFeedback(message.content)) continue
    texts.push(message.content)
  }
  return texts
}

/** Whether a text speaks about the form of the answer before it. */
export function isFeedback(text: string): boolean {
  return /\b(JSON|schema)\b/.test(text) || /^continue\b/i.test(text.trim())
}

const topics = ['exchange', 'support', 'inquiry'] as const

/** The topic that the words speak for; undefined where none does. */
export function topicOf(text: string): Topic | undefined {
  const lower = text.toLowerCase()
  const scores = topics.map((topic) => ({ topic, score: affinity([topic], lower) }))
  const add = (topic: Topic, points: number): void => {
    const entry = scores.find((each) => each.topic === topic)
    if (entry) entry.score += points
  }
  if (
    /\b(i|we)('d| would)? (want|like|need|wish)\b|\bcan i (swap|buy|sell|convert)\b/.test(lower)
  ) {
    add('exchange', affinity(['exchange'], lower) > 0 ? 1.5 : 0)
  }
  if (/^(what|how|which|why|when|where|who)\b/.test(lower.trim())) add('inquiry', 1.5)
  if (/\?/.test(lower)) add('inquiry', 0.5)
  if (/\b(can'?t|cannot|not able|doesn'?t work|help)\b/.test(lower)) add('support', 1.5)
  if (
    /\b(never|not|n'?t|still)\b.{0,12}\b(arrived?|received?|credited|come|shown?)\b/.test(lower)
  ) {
    add('support', 2)
  }
  const best = scores.sort((one, other) => other.score - one.score)[0]
  return best && best.score >= 1 ? best.topic : undefined
}

const urgencyWords: readonly (readonly [RegExp, number])[] = [
  [/\b(no hurry|no rush|whenever|eventually|some ?time|not urgent)\b/, 0.1],
  [/\b(urgent(ly)?|asap|immediately|emergency|right (now|away)|at once)\b/, 0.95],
  [/\b(hacked|stolen|locked out|locked)\b/, 0.9],
  [/\b(tonight|now|today|this evening|in an hour|within the hour)\b/, 0.8],
  [/\b(tomorrow|soon|quickly|fast)\b/, 0.6],
  [/\b(this week|by (monday|tuesday|wednesday|thursday|friday))\b/, 0.5],
]

function urgencyOf(text: string): number {
  const lower = text.toLowerCase()
  const found = urgencyWords.find(([words]) => words.test(lower))?.[1]
  const base = found ?? (affinity(['support'], lower) > 1 ? 0.6 : 0.3)
  return Math.min(1, base + (text.includes('!') ? 0.05 : 0))
}

function whenOf(text: string): string | undefined {
  return /\b(tonight|today|tomorrow|right now|this (?:morning|afternoon|evening|week|weekend|month)|next (?:week|month)|(?:by|on) (?:mon|tues|wednes|thurs|fri|satur|sun)day|as soon as possible|asap)\b/i
    .exec(text)?.[0]
    .toLowerCase()
}

/** Which currency goes and which comes: `swap A for B`, `A to B`, `buy B with A`. */
function directionOf(text: string): { from: string; to: string } | undefined {
  const [first, second] = currenciesOf(text)
  if (first === undefined || second === undefined) return undefined
  const buysFirst = /\bbuy\b/i.test(text) && /\b(with|for|using)\b/i.test(text)
  const buysBeforePaying =
    buysFirst && currenciesOf(text.split(/\b(?:with|for|using)\b/i)[0] ?? '').length === 1
  return buysBeforePaying ? { from: second, to: first } : { from: first, to: second }
}

/** How many words a text has. */
export const lengthInWords = (text: string): number => wordsOf(text).length
