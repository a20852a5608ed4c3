/**
 * Values that are wanted together with the words they were taken from: objects with a property `quote`.
 * The quote is always words of the text that was given, and where there are none, there is no value.
 */
import { isRecord } from '../../../base/json.ts'
import type { JsonSchema } from '../../../model/message.ts'
import { answeringSentences, mainSentences } from './compose-text.ts'
import type { Filled } from './fill-number.ts'
import { type Evidence, findEvidence } from './find-evidence.ts'
import { findLabelled } from './labels.ts'
import { readerFor } from './read-typed.ts'
import type { Reading } from './reading.ts'
import { sentencesOf, unwrap, wordsOf } from './text.ts'

/** Whether a schema wants a value with its source: a quote, and beside it what is taken from it. */
export function wantsQuote({ properties }: JsonSchema): boolean {
  return isRecord(properties) && 'quote' in properties && Object.keys(properties).length >= 2
}

/** One field by its names: that of the property, and those that its description gives. */
export function fillQuoted(
  name: string,
  schema: JsonSchema,
  reading: Reading,
): Filled<Record<string, unknown>> | undefined {
  const properties = isRecord(schema.properties) ? Object.entries(schema.properties) : []
  const [key, value] = properties.find(([each]) => each !== 'quote') ?? []
  if (key === undefined || !isRecord(value) || properties.length > 2) return undefined
  const given = withoutMarks(givenText(reading.message))
  const description = typeof schema.description === 'string' ? schema.description : ''
  const names = [name, ...description.split(/[,;:]/)].map((each) => each.trim())
  const asked = [...new Set(names)].filter((each) => each !== '')
  const found = findEvidence(given, asked, readerFor(value)) ?? findByShape(given, name)
  return found && { value: { [key]: found.value, quote: found.quote }, found: true }
}

/** What needs no label: an address by its sign, and a person by standing alone at the top. */
function findByShape(text: string, name: string): Evidence<string> | undefined {
  if (/mail/i.test(name)) {
    const address = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/.exec(text)?.[0]
    return address === undefined ? undefined : { value: address, quote: address }
  }
  if (!/^(full )?name$/i.test(name)) return undefined
  const first = text.split('\n').find((line) => line.trim() !== '') ?? ''
  const isName = /^\p{Lu}[\p{L}.'-]+(?: \p{Lu}[\p{L}.'-]+){1,3}$/u.test(first.trim())
  return isName ? { value: first.trim(), quote: first.trim() } : undefined
}

/** Several: the sentences that answer the question, or those that say most where none is asked. */
export function fillQuotedList(
  schema: JsonSchema,
  item: JsonSchema,
  reading: Reading,
): Filled<unknown[]> {
  const most = Math.min(typeof schema.maxItems === 'number' ? schema.maxItems : 3, 3)
  const question = findLabelled(reading.message.split('<')[0] ?? '', 'question')
  const passages = passagesOf(givenText(reading.message))
  const sentences =
    question === undefined
      ? mainSentences(prose(passages.map(({ text }) => text).join('\n')), most)
      : answeringSentences(
          question,
          passages.map(({ text, title }) => `${title}\n${unwrap(text)}`),
        ).slice(0, most)
  const properties = isRecord(item.properties) ? Object.entries(item.properties) : []
  const values = sentences.map((sentence) => {
    const source = passages.find(({ text }) => text.replaceAll(/\s+/g, ' ').includes(sentence))
    const entries = properties.map(([key, property]) => {
      const isNumber = isRecord(property) && /^(integer|number)$/.test(String(property.type))
      return [key, isNumber ? (source?.number ?? 1) : sentence] as const
    })
    return Object.fromEntries(entries)
  })
  return { value: values, found: values.length > 0 }
}

/** What stands between the marks of a document; all of the message where it has none. */
function givenText(message: string): string {
  return /<(document|text|source|passages)\b[^>]*>([\s\S]*)<\/\1>/.exec(message)?.[2] ?? message
}

const mark = /^\[(?:[a-z]+ )?(\d+)\].*$/gim

const withoutMarks = (text: string): string => text.replaceAll(mark, '')

/** The text between marks such as `[2] contract.pdf, page 3`, by their numbers. */
function passagesOf(text: string): { number: number; title: string; text: string }[] {
  const marks = [...text.matchAll(mark)]
  if (marks.length === 0) return [{ number: 1, title: '', text }]
  return marks.map((each, at) => ({
    number: Number(each[1]),
    title: each[0],
    text: text.slice(each.index + each[0].length, marks[at + 1]?.index),
  }))
}

/** Lines of words; a form has none, and says most where a label has its value. */
function prose(text: string): string {
  const lines = unwrap(text).split('\n')
  const full = lines.filter((line) => !line.includes('\t') && wordsOf(line).length > 6)
  if (sentencesOf(full.join('\n')).length > 2) return full.join('\n')
  const labelled = lines.filter((line) => /[:\t].*\d/.test(line))
  return (labelled.length > 0 ? labelled : lines).join('\n')
}
