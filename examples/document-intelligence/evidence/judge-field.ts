import type { Page } from '../parse/page.ts'
import type { Field } from '../pipelines/fields.ts'
import { findQuote, linesAround, type Place, paragraphAround } from './find-quote.ts'
import { givesOrders } from './gives-orders.ts'
import { dateReadings, figureReadings } from './read-figures.ts'
import { type FieldValue, valueFollows } from './value-follows.ts'

/** What a model says of a field. */
export type Claim = {
  readonly value: FieldValue
  readonly quote: string
}

export type Judgement =
  | { readonly status: 'found'; readonly place: Place; readonly confidence: number }
  | { readonly status: 'refused'; readonly why: string }

/**
 * Judges a claim by the document alone. A model's word counts for nothing here: its quote has to stand in
 * the document, outside of text that gives orders, and the value has to be what the quote says.
 */
export function judgeClaim(
  field: Field,
  { value, quote }: Claim,
  pages: readonly Page[],
): Judgement {
  const place = findQuote(quote, pages)
  const page = pages.find(({ number }) => number === place?.page)
  if (!place || !page) return refused('its quote does not stand in the document')
  if (!valueFollows(field.type, value, page.text.slice(place.start, place.end))) {
    return refused('the value is not what its quote says')
  }
  if (givesOrders(paragraphAround(page.text, place))) {
    return refused('it stands in text that gives orders to the reader')
  }
  return { status: 'found', place, confidence: confidenceOf(field, value, page, place) }
}

const refused = (why: string): Judgement => ({ status: 'refused', why })

/**
 * How far a found value can be trusted, from what can be checked: whether the field's name or one of its
 * other names stands beside it, whether the quote can be read in one way only, and how well a scan was
 * recognised. No model is asked how sure it is.
 */
function confidenceOf(field: Field, value: FieldValue, page: Page, place: Place): number {
  const quote = page.text.slice(place.start, place.end)
  let confidence = 0.98
  if (!namesField(field, linesAround(page.text, place))) confidence -= 0.2
  if (quote.length > 200) confidence -= 0.1
  if (isAmbiguous(value, quote)) confidence -= 0.2
  return Math.round(confidence * recognitionOf(page, place) * 100) / 100
}

/** Whether the words of a figure or a date may state another value as well, as 1,234 and 3/4/2026 do. */
function isAmbiguous(value: FieldValue, quote: string): boolean {
  const readings: readonly (readonly FieldValue[])[] =
    typeof value === 'number' ? figureReadings(quote) : dateReadings(quote)
  return readings.some((each) => each.length > 1 && each.includes(value))
}

function namesField({ name, hint }: Field, text: string): boolean {
  const words = text.toLowerCase()
  const names = [name, ...hint.split(/[,;]/)].map((each) => each.trim().toLowerCase())
  return names.some((each) => each !== '' && words.includes(each))
}

/** The worst recognised word counts. */
function recognitionOf({ boxes }: Page, { start, end }: Place): number {
  const sure = boxes
    .filter((box) => box.start < end && box.end > start)
    .map(({ confidence }) => confidence ?? 1)
  return Math.min(1, ...sure)
}
