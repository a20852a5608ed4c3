/** A stretch of time that a question speaks of, and how much it speaks for turns from it. */
export interface Period {
  readonly fromMs: number
  readonly toMs: number
  readonly weight: number
}

const dayMs = 86_400_000
/** A turn of the time asked for; the days and months after it, when people tell what happened. */
const sameTime = 0.4
const afterwards = 0.24

const monthNames =
  'january february march april may june july august september october november december'.split(' ')
/** `July`, `July 2023`, `3 July`, `July 3rd, 2023`. */
const month = new RegExp(
  `(?:\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? )?\\b(${monthNames.join('|')})\\b(?: (\\d{1,2})(?:st|nd|rd|th)?(?!\\d))?(?:,? (?:of )?((?:19|20)\\d\\d))?`,
  'gi',
)
const isoDay = /\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b/g
const ago = /\b(\d+|an?|two|three|four|five|six) (day|week|month|year)s? ago\b/gi
const last = /\b(?:(last|this|past) (week|weekend|month|year)|(yesterday)|(today))\b/gi
const small = ['zero', 'one', 'two', 'three', 'four', 'five', 'six']
const unitDays: Readonly<Record<string, number>> = {
  day: 1,
  week: 7,
  weekend: 7,
  month: 30,
  year: 365,
}

/**
 * The periods that a question names: dates, months and, where the present is known, `two weeks ago`.
 * A month without a year stands for that month of every year from `firstMs` to `lastMs`.
 */
export function periodsOf(
  question: string,
  span: { readonly firstMs: number; readonly lastMs: number; readonly now?: number },
): Period[] {
  const periods: Period[] = []
  for (const [, year, monthNumber, day] of question.matchAll(isoDay)) {
    addDay(periods, Number(year), Number(monthNumber) - 1, Number(day))
  }
  const years = yearsOf(span)
  for (const match of question.matchAll(month)) {
    const [, before, name = '', after, year] = match
    // `may` is a verb, and so is `May` where it begins a question.
    if (name === 'may' || (name === 'May' && match.index === 0)) continue
    const index = monthNames.indexOf(name.toLowerCase())
    const day = before ?? after
    for (const each of year ? [Number(year)] : years) {
      addMonth(periods, each, index)
      if (day) addDay(periods, each, index, Number(day))
    }
  }
  if (span.now !== undefined) addRelative(periods, question, span.now)
  return periods
}

function addMonth(periods: Period[], year: number, index: number): void {
  const [from, next, end] = [0, 1, 2].map((add) => Date.UTC(year, index + add, 1))
  if (from === undefined || next === undefined || end === undefined) return
  periods.push({ fromMs: from, toMs: next, weight: sameTime })
  periods.push({ fromMs: next, toMs: end, weight: afterwards })
}

function addDay(periods: Period[], year: number, index: number, day: number): void {
  const from = Date.UTC(year, index, day)
  periods.push({ fromMs: from - dayMs, toMs: from + 2 * dayMs, weight: sameTime })
  periods.push({ fromMs: from + 2 * dayMs, toMs: from + 9 * dayMs, weight: afterwards })
}

function addRelative(periods: Period[], question: string, now: number): void {
  const around = (daysBack: number, width: number) =>
    periods.push({
      fromMs: now - (daysBack + width) * dayMs,
      toMs: now - (daysBack - width) * dayMs,
      weight: sameTime,
    })
  for (const [, amount = '', unit = ''] of question.matchAll(ago)) {
    const count = Number(amount) || Math.max(1, small.indexOf(amount.toLowerCase()))
    const days = unitDays[unit.toLowerCase()] ?? 1
    around(count * days, Math.max(1, days / 2))
  }
  for (const [, which, unit = '', yesterday] of question.matchAll(last)) {
    const days = unitDays[unit.toLowerCase()] ?? 1
    if (which) around(which.toLowerCase() === 'this' ? days / 2 : days, days)
    else around(yesterday ? 1 : 0, 1)
  }
}

function yearsOf(span: { readonly firstMs: number; readonly lastMs: number }): number[] {
  const first = new Date(span.firstMs).getUTCFullYear()
  const years = new Date(span.lastMs).getUTCFullYear() - first + 1
  return Array.from({ length: Math.min(Math.max(years, 0), 20) }, (_, index) => first + index)
}
