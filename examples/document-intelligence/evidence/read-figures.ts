/**
 * What figures, dates and currencies a text can be read to state. A figure or a date that can be read in
 * more than one way gives each of its readings, in a list of its own.
 */

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const figure = /(?<![\p{L}\d])([-−(]?\s?)(?:[€$£]\s?)?(\d[\d.,'\u00a0\u202f]*\d|\d)(\)?)/gu

/** `1.234,50` and `1,234.50` have one reading; `1,234` has two. */
export function figureReadings(text: string): number[][] {
  return [...text.matchAll(figure)].map(([, sign = '', digits = '', close = '']) => {
    const isNegative = /[-−]/.test(sign) || (sign.includes('(') && close === ')')
    const values = valuesOf(digits.replaceAll(/['\u00a0\u202f]/g, ''))
    return isNegative ? values.flatMap((value) => [-value, value]) : values
  })
}

function valuesOf(digits: string): number[] {
  const signs = digits.match(/[.,]/g) ?? []
  const last = signs.at(-1) ?? ''
  const isGrouped = signs.length > 1 && signs.every((sign) => sign === last)
  const plain = Number(digits.replaceAll(/[.,]/g, ''))
  if (last === '' || isGrouped) return [plain]
  const at = digits.lastIndexOf(last)
  const decimal = Number(`${digits.slice(0, at).replaceAll(/[.,]/g, '')}.${digits.slice(at + 1)}`)
  const mayGroup = signs.length === 1 && /^\d{1,3}[.,]\d{3}$/.test(digits)
  return mayGroup ? [plain, decimal] : [decimal]
}

/** Every figure that a text may state; a blank between digits may group them, or stand between two. */
export function figuresIn(text: string): number[] {
  const joined = text.replaceAll(/(?<=\b\d{1,3}) (?=\d{3}(?!\d))/g, '')
  return [...figureReadings(text), ...figureReadings(joined)].flat()
}

const numericDate = /\b(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})\b/g
const dayFirst = /\b(\d{1,2})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?([A-Za-z]{3,9})\.?,?\s+(\d{4})\b/g
const monthFirst = /\b([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b/g

/** The days that a text names, as `2026-03-14`; `3/4/2026` has two readings. */
export function dateReadings(text: string): string[][] {
  const inFigures = [...text.matchAll(numericDate)].map(([, one = '', two = '', three = '']) => [
    dateOf(one, two, three),
    dateOf(fullYear(three), two, one),
    dateOf(fullYear(three), one, two),
  ])
  const inWords = [
    ...[...text.matchAll(dayFirst)].map(([, day, month, year]) => ({ day, month, year })),
    ...[...text.matchAll(monthFirst)].map(([, month, day, year]) => ({ day, month, year })),
  ].map(({ day = '', month = '', year = '' }) => [dateOf(year, monthNumber(month), day)])
  return [...inFigures, ...inWords]
    .map((dates) => [...new Set(dates.filter((date) => date !== undefined))])
    .filter((dates) => dates.length > 0)
}

const fullYear = (year: string): string => (year.length === 2 ? `20${year}` : year)

const monthNumber = (name: string): string =>
  String(months.indexOf(name.slice(0, 3).toLowerCase()) + 1)

/** Undefined where there is no such day. */
function dateOf(year: string, month: string, day: string): string | undefined {
  if (year.length !== 4) return undefined
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const time = Date.parse(`${date}T00:00:00Z`)
  const isReal = Number.isFinite(time) && new Date(time).toISOString().startsWith(date)
  return isReal ? date : undefined
}

const signs: Readonly<Record<string, string>> = { '€': 'EUR', $: 'USD', '£': 'GBP', '¥': 'JPY' }

/** The currencies that a text names, as codes of three letters. */
export function currenciesIn(text: string): string[] {
  const bySign = [...text].flatMap((sign) => signs[sign] ?? [])
  const byCode = text.match(/\b[A-Z]{3}\b/g) ?? []
  return [...new Set([...bySign, ...byCode])]
}
