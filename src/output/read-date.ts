import type { Scalar } from './reading.ts'

/**
 * Dates and times in other notations than ISO 8601, where they have one meaning: `2026/11/24`,
 * `24 November 2026`, and `24/11/2026` because there is no month 24. `03/04/2026` has two.
 */

const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]

/** The text in the notation of this JSON Schema format, or undefined where that would be a guess. */
export function readFormatted(text: string, format: string | undefined): Scalar | undefined {
  if (text.length > 40) return undefined
  const value = format === 'date' ? isoDate(text.trim()) : isoDateTime(text.trim(), format)
  return value === undefined || value === text
    ? undefined
    : { value, rule: 'date', class: 'likely' }
}

function isoDate(text: string): string | undefined {
  const parts = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text)
  if (parts !== null) return dateOf(Number(parts[1]), Number(parts[2]), Number(parts[3]))
  const midnight = /^(\d{4}-\d\d-\d\d)[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?$/.exec(text)
  if (midnight !== null) return midnight[1]
  const dayFirst = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$/.exec(text)
  if (dayFirst !== null) {
    return eitherOrder(Number(dayFirst[1]), Number(dayFirst[2]), Number(dayFirst[3]))
  }
  const worded =
    /^(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?([a-z]{3,9})\.?,?\s+(\d{4})$/i.exec(text) ??
    swapped(/^([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$/i.exec(text))
  if (worded === null) return undefined
  const name = String(worded[2]).toLowerCase()
  const month = months.findIndex(
    (full) => full === name || (name.length === 3 && full.startsWith(name)),
  )
  return month < 0 ? undefined : dateOf(Number(worded[3]), month + 1, Number(worded[1]))
}

function isoDateTime(text: string, format: string | undefined): string | undefined {
  if (format !== 'date-time') return undefined
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d:\d\d)$/.exec(
    text,
  )
  if (parts === null) return undefined
  const time = String(parts[2])
  const zone = parts[3] === 'UTC' ? 'Z' : parts[3]
  return `${parts[1]}T${time.length === 5 ? `${time}:00` : time}${zone}`
}

/** Day and month in whichever order there is a calendar for; undefined where there is one for both. */
function eitherOrder(first: number, second: number, year: number): string | undefined {
  const dayFirst = dateOf(year, second, first)
  const monthFirst = dateOf(year, first, second)
  if (dayFirst !== undefined && monthFirst !== undefined && dayFirst !== monthFirst)
    return undefined
  return dayFirst ?? monthFirst
}

function dateOf(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return date.toISOString().slice(0, 10)
}

function swapped(match: RegExpExecArray | null): readonly (string | undefined)[] | null {
  return match === null ? null : [match[0], match[2], match[1], match[3]]
}
