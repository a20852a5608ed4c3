import type { JsonSchema } from '../../../model/message.ts'
import { adjustString, sampleOf } from './adjust-string.ts'
import {
  asksForText,
  composeParagraph,
  describeBrief,
  readBrief,
  titleOf,
} from './compose-article.ts'
import { composeQuestion, composeReply, exchangeOf } from './compose-reply.ts'
import { fillFinding } from './compose-review.ts'
import { bestSentence, summarise } from './compose-text.ts'
import type { Filled } from './fill-number.ts'
import { findLabelled } from './labels.ts'
import type { Reading } from './reading.ts'
import { capitalise, keywordsOf, overlap } from './text.ts'

interface StringField {
  readonly name: string
  readonly schema: JsonSchema
  readonly reading: Reading
  readonly seed: number
}

type FillString = (field: StringField) => Filled<string> | undefined

const found = (value: string | undefined): Filled<string> | undefined =>
  value === undefined || value === '' ? undefined : { value, found: true }

/** What kinds of text fields there are, by the words in their names or descriptions; the first that fits counts. */
const kinds: readonly (readonly [RegExp, FillString])[] = [
  [/^(from|source|base|sell)( currency| asset)?$/, ({ reading }) => found(reading.from)],
  [/^(to|target|buy)( currency| asset)?$/, ({ reading }) => found(reading.to)],
  [/\be-?mail/, ({ reading }) => found(/[\w.+-]+@[\w-]+\.[\w.]+\w/.exec(reading.message)?.[0])],
  [/\bphone/, ({ reading }) => found(/\+?\d[\d ()/-]{6,}\d/.exec(reading.message)?.[0])],
  [/\b(date|deadline|due)\b/, (field) => found(labelled(field)) ?? found(dateIn(field.reading))],
  [/\bcurrency\b/, ({ reading }) => found(reading.amount?.currency ?? reading.from)],
  [/\b(language|locale)\b/, () => ({ value: 'en', found: true })],
  [/\b(route|path|page|next step|url|href|slug|link)\b/, fillRoute],
  [/\b(reply|answer|response|message|explanation)\b/, fillReply],
  [/\b(summary|abstract|gist|overview)\b/, fillSummary],
  [/\b(title|headline|heading|subject|name)\b/, fillTitle],
  [/\b(follow ?up|question)\b/, ({ reading }) => found(composeQuestion(reading))],
  [/\b(reason|rationale|why|justification|note|comment)\b/, fillReason],
  [/\b(quote|evidence|excerpt|citation|source)\b/, fillQuote],
  [/\b(text|body|content|paragraph|section|draft|markdown|html)\b/, fillText],
  [/\b(when|time)\b/, ({ reading }) => found(reading.when)],
]

/** A text for a field, from what the prompt says; `not stated` where it says nothing. */
export function fillString(
  name: string,
  schema: JsonSchema,
  context: Omit<StringField, 'name' | 'schema'>,
): Filled<string> {
  const field = { name, schema, ...context }
  const fits = (words: string) => kinds.find(([pattern]) => pattern.test(words))?.[1]
  const spelled = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[_.-]/g, ' ')
    .toLowerCase()
  const description = typeof schema.description === 'string' ? schema.description.toLowerCase() : ''
  const fill = context.reading.subject && isItself.test(spelled) ? fillSubject : fits(spelled)
  const filled =
    fillFinding(name, context.reading) ??
    fill?.(field) ??
    found(labelled(field)) ??
    (fill ? undefined : fits(description)?.(field)) ??
    (fill || description === '' ? undefined : fillFromDescription(description, context.reading))
  return adjustString(filled ?? sampleOf(schema) ?? { value: 'not stated', found: false }, schema)
}

/** The sentence that speaks of what the description says; a labelled line speaks of its label alone. */
function fillFromDescription(description: string, reading: Reading): Filled<string> | undefined {
  const sentence = bestSentence(description, reading.message)
  return found(sentence?.includes(':') ? undefined : sentence)
}

/** Fields of an item that say what the item is. */
const isItself = /\b(description|item|product|label|heading|title|name|point|topic|fact)\b/

function fillSubject({ reading }: StringField): Filled<string> | undefined {
  // Without the price that ends a line of an invoice.
  return found(
    reading.subject?.replace(/[\s,:;–-]+(?:[€$£]\s?)?\d[\d.,]*\s?(?:[A-Z]{3}|[€$£])?$/, ''),
  )
}

function fillSummary({ reading }: StringField): Filled<string> | undefined {
  if (asksForText(reading.message)) return found(describeBrief(readBrief(reading.message)))
  return found(summarise(sourceOf(reading)))
}

function labelled({ reading, name }: StringField): string | undefined {
  return findLabelled(reading.message, name) ?? findLabelled(reading.earlier.join('\n'), name)
}

function dateIn({ message }: Reading): string | undefined {
  return /\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}\b/.exec(
    message,
  )?.[0]
}

/** Answers with what a long message itself says, and with a reply where the message is a chat's. */
function fillReply({ reading, seed }: StringField): Filled<string> | undefined {
  return found(composeReply(reading, seed))
}

/** One of the paths that the description or the instructions offer; else the topic's own. */
function fillRoute({ schema, reading, name }: StringField): Filled<string> {
  const offered =
    `${schema.description ?? ''} ${reading.background}`.match(/(?<![\w/])\/[a-z][\w/-]*/g) ?? []
  const wanted = [reading.topic, ...keywordsOf(reading.message, 6)]
  const best = offered
    .map((path) => ({
      path,
      score: wanted.filter((word) => path.includes(word)).length + overlap(wanted, path),
    }))
    .sort((one, other) => other.score - one.score)[0]
  const topic = reading.topic === 'other' ? 'start' : reading.topic
  const own = /slug/i.test(name) ? topic : `/${topic}`
  return { value: best && best.score > 0 ? best.path : own, found: true }
}

function fillTitle(field: StringField): Filled<string> | undefined {
  const { reading } = field
  if (/name$/i.test(field.name)) return found(labelled(field))
  const brief = asksForText(reading.message) ? titleOf(readBrief(reading.message)) : undefined
  const words =
    reading.topic === 'exchange'
      ? `Exchange ${exchangeOf(reading)}`
      : keywordsOf(reading.message, 4).join(' ')
  return found(labelled(field) ?? brief ?? capitalise(words.trim()))
}

function fillReason({ reading }: StringField): Filled<string> | undefined {
  const words = keywordsOf(reading.message, 3).map((word) => `“${word}”`)
  return found(words.length === 0 ? undefined : `The message speaks of ${words.join(', ')}.`)
}

function fillQuote({ reading, schema, name }: StringField): Filled<string> | undefined {
  return found(
    bestSentence(
      `${name} ${schema.description ?? ''} ${reading.keywords.join(' ')}`,
      sourceOf(reading),
    ),
  )
}

function fillText({ reading, seed }: StringField): Filled<string> | undefined {
  const brief = readBrief(reading.message)
  return found(composeParagraph(brief, reading.subject ?? brief.topic, seed))
}

/** What there is to quote from: the message, or the background where the message is but a question. */
function sourceOf({ message, background }: Reading): string {
  return message.length >= 160 || background === '' ? message : `${message}\n${background}`
}
