import { type Period, periodsOf } from './question-time.ts'
import { relatedTerms } from './related-words.ts'
import { termsOf } from './terms.ts'

/** A question as the index understands it. */
export interface RecallQuery {
  /** The question's own terms, each once. */
  readonly terms: readonly string[]
  /** Terms that may stand where the question has another, with their weight against it. */
  readonly related: ReadonlyMap<string, number>
  /** Whose words are asked for, where it is one speaker's. */
  readonly speaker: string | undefined
  readonly periods: readonly Period[]
  /** Asks for a point or a length of time. */
  readonly asksWhen: boolean
}

export interface KnownToIndex {
  readonly speakers: readonly string[]
  readonly firstMs: number
  readonly lastMs: number
  readonly now?: number
}

/** A message longer than this is searched for by its beginning and its end. */
const readLength = 4_000
/** The most words of a message that are looked for. */
const mostTerms = 48
const roles: readonly string[] = ['user', 'assistant', 'tool', 'system']

const asksWhen = /\b(when|how long|what (?:day|date|time|month|year))\b/i
const ofAssistant =
  /\b(?:did|have|had|were) you\b|\byou (?:said|told|suggested|recommended|mentioned)\b/i
const ofUser = /\b(?:i|my|me|mine|we|our)\b/i

/** Reads what a message asks for, as far as words tell. */
export function readQuestion(message: string, known: KnownToIndex): RecallQuery {
  const question = shortened(message)
  const named = known.speakers.filter((name) => !roles.includes(name) && mentions(question, name))
  const [one, ...others] = named
  const speaker = one !== undefined && others.length === 0 ? one : undefined
  return {
    ...readTerms(speaker === undefined ? question : without(question, speaker)),
    speaker: speaker ?? (named.length === 0 ? roleAskedFor(question, known.speakers) : undefined),
    periods: periodsOf(question, known),
    asksWhen: asksWhen.test(question),
  }
}

function shortened(message: string): string {
  if (message.length <= readLength) return message
  return `${message.slice(0, readLength / 2)} ${message.slice(-readLength / 2)}`
}

/** The question's own words, two of them written as one (`web site`), and words related to them. */
function readTerms(question: string): Pick<RecallQuery, 'terms' | 'related'> {
  const asked = termsOf(question).slice(0, mostTerms)
  const terms = new Set([...asked, ...compounds(question)])
  const related = new Map<string, number>()
  for (const term of asked) {
    for (const [other, weight] of relatedTerms(term) ?? []) {
      if (!terms.has(other)) related.set(other, Math.max(weight, related.get(other) ?? 0))
    }
  }
  return { terms: [...terms], related }
}

function compounds(question: string): string[] {
  const words =
    question
      .toLowerCase()
      .match(/[a-z]{3,}/g)
      ?.slice(0, mostTerms) ?? []
  return termsOf(
    words
      .slice(1)
      .map((word, at) => `${words[at]}${word}`)
      .join(' '),
  )
}

const escaped = (name: string) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const mentions = (question: string, name: string) =>
  new RegExp(`(?<![\\p{L}\\p{N}])${escaped(name)}(?![\\p{L}\\p{N}])`, 'u').test(question)

/** Who is asked about says little about what is asked: half of all turns are theirs. */
const without = (question: string, name: string) =>
  question.replace(
    new RegExp(`(?<![\\p{L}\\p{N}])${escaped(name)}(?:['’]s)?(?![\\p{L}\\p{N}])`, 'gu'),
    ' ',
  )

/** `What is my plan?` asks for what the user said, `what did you suggest?` for the assistant. */
function roleAskedFor(question: string, speakers: readonly string[]): string | undefined {
  if (!speakers.includes('user') || !speakers.includes('assistant')) return undefined
  if (ofAssistant.test(question)) return 'assistant'
  return ofUser.test(question) && !/\byou\b/i.test(question) ? 'user' : undefined
}
