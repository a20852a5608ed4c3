import { isRecord } from '../../../base/json.ts'
import type { JsonSchema } from '../../../model/message.ts'
import type { ReadValue } from './find-evidence.ts'
import { amountsOf } from './money.ts'
import { shorten } from './text.ts'

/** How a piece of text becomes a value of a schema's type; a text in words is cut where its clause ends. */
export function readerFor(schema: JsonSchema): ReadValue<unknown> {
  if (schema.type === 'number' || schema.type === 'integer') return readNumber
  if (schema.type === 'array') return isRecord(schema.items) ? readList : () => undefined
  if (schema.format === 'date') return readDate
  if (/\bcurrency code\b/i.test(String(schema.description))) return readCurrency
  return readText
}

const readNumber: ReadValue<number> = (text) => amountsOf(text, true)[0]?.value

const readList: ReadValue<string[]> = (text) => {
  const items = text.split(/\s*(?:[,;•]|\s(?:and|und|et)\s)\s*/).map((item) => item.trim())
  const named = items.filter((item) => item !== '').map((item) => item.replace(/[.\s]+$/, ''))
  return named.length > 0 ? named : undefined
}

const readText: ReadValue<string> = (text) => {
  const value = shorten(text.trim(), 100).replace(/[.,;:\s]+$/, '')
  return value === '' ? undefined : value
}

const signs: Readonly<Record<string, string>> = { '€': 'EUR', $: 'USD', '£': 'GBP' }

const readCurrency: ReadValue<string> = (text) => {
  const code = /(?<![\p{L}\p{N}])[A-Z]{3}(?![\p{L}\p{N}])/u.exec(text)?.[0]
  return code ?? signs[/[€$£]/.exec(text)?.[0] ?? '']
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')

/** `2026-03-14`, `14.03.2026`, `14 March 2026` or `March 14, 2026` as the first of these. */
const readDate: ReadValue<string> = (text) => {
  const iso = /\b\d{4}-\d{2}-\d{2}\b/.exec(text)?.[0]
  if (iso) return iso
  const figures = /\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b/.exec(text)
  if (figures) return isoDate(figures[3], figures[2], figures[1])
  const words = /\b(\d{1,2})\.?\s+([A-Za-z]{3,9})\s+(\d{4})\b/.exec(text)
  if (words) return isoDate(words[3], monthOf(words[2]), words[1])
  const american = /\b([A-Za-z]{3,9})\s+(\d{1,2}),?\s+(\d{4})\b/.exec(text)
  return american ? isoDate(american[3], monthOf(american[1]), american[2]) : undefined
}

const monthOf = (name = ''): string => String(months.indexOf(name.slice(0, 3).toLowerCase()) + 1)

function isoDate(year = '', month = '', day = ''): string | undefined {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return Number.isNaN(Date.parse(date)) ? undefined : date
}
