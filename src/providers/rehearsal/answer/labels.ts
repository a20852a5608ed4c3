import { nameWords, sentencesOf, stem, wordsOf } from './text.ts'

/** Something that a text says under a name, such as `Total: 120.00 EUR`. */
interface Labelled {
  readonly words: readonly string[]
  readonly value: string
}

const labelLine =
  /^[\s>*#•|-]*([\p{L}][\p{L}\p{N} /().'&-]{0,40}?)\s*(?:[:=]|\s{2,}|\t|\|)\s*(\S.*?)[\s|]*$/u

/** The labelled lines of a text, in order. */
function labelledLines(text: string): Labelled[] {
  const found: Labelled[] = []
  for (const line of text.split('\n')) {
    const match = labelLine.exec(line)
    if (match?.[1] && match[2]) found.push({ words: wordsOf(match[1]).map(stem), value: match[2] })
  }
  return found
}

/** Other words for what fields are often called. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  vendor: ['supplier', 'seller', 'from', 'company', 'issuer'],
  supplier: ['vendor', 'seller', 'from', 'company'],
  customer: ['client', 'buyer', 'bill', 'billed'],
  total: ['amount', 'due', 'payable', 'sum'],
  number: ['no', 'nr', 'id', 'reference'],
  date: ['dated', 'issued', 'day'],
  topic: ['subject', 'about', 'theme'],
  facts: ['must', 'include'],
  party: ['between', 'parties'],
}

/** What a text says under a name, or under other words for it; undefined where it says nothing. */
export function findLabelled(text: string, name: string): string | undefined {
  const wanted = nameWords(name)
  if (wanted.length === 0) return undefined
  let best: { score: number; value: string } | undefined
  for (const { words, value } of labelledLines(text)) {
    const score = similarity(wanted, words)
    if (score > (best?.score ?? 0.5)) best = { score, value }
  }
  return best?.value ?? findInSentence(text, wanted)
}

/** 1 where both have the same words; each word that only one of them has takes away from that. */
function similarity(wanted: readonly string[], label: readonly string[]): number {
  const hits = wanted.filter((word) => {
    const forms = [word, ...(synonyms[word] ?? [])].map(stem)
    return forms.some((form) => label.includes(form))
  }).length
  return hits === 0 ? 0 : (2 * hits) / (wanted.length + label.length)
}

/** `the invoice number is INV-7`: the name in the words of a sentence, with its value behind it. */
function findInSentence(text: string, wanted: readonly string[]): string | undefined {
  const name = wanted
    .map((word) => word.replaceAll(/[^\p{L}\p{N}]/gu, ''))
    .join(String.raw`[\s_-]+`)
  const pattern = new RegExp(
    String.raw`\b${name}\b\s*(?:is|are|was|of|=|#|no\.?|:)\s+([^\n,;]{1,80})`,
    'iu',
  )
  for (const sentence of sentencesOf(text)) {
    const value = pattern.exec(sentence)?.[1]
    if (value) return value.replace(/[.!?\s]+$/, '')
  }
  return undefined
}

/** The items of the list that follows a label or stands in its line. */
export function findList(text: string, name: string): string[] {
  const lines = text.split('\n')
  const wanted = nameWords(name)
  const at = lines.findIndex((line) => {
    const label = /^[\s>*#]*([^:]{1,50}):\s*(.*)$/.exec(line)?.[1]
    if (label === undefined || isNegated(label) !== isNegated(name)) return false
    return similarity(wanted, wordsOf(label).map(stem)) >= 0.5
  })
  if (at === -1) return []
  const inline = lines[at]?.split(':').slice(1).join(':').trim() ?? ''
  if (inline !== '') return inline.split(/\s*[;,]\s*/).filter((item) => item !== '')
  return bullets(lines.slice(at + 1))
}

/** `Must not appear` is the opposite of `Must appear`, however near the words are. */
function isNegated(label: string): boolean {
  return /\b(not|never|no)\b/i.test(label)
}

/** The bullet or numbered lines at the beginning of these lines. */
export function bullets(lines: readonly string[]): string[] {
  const items: string[] = []
  for (const line of lines) {
    const item = /^\s*(?:[-*•]|\d+[.)])\s+(.+)$/.exec(line)?.[1]
    if (item === undefined) break
    items.push(item.trim())
  }
  return items
}
