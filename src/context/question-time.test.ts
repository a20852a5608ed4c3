import { describe, expect, it } from 'vitest'
import { periodsOf } from './question-time.ts'

const span = { firstMs: Date.UTC(2024, 10, 1), lastMs: Date.UTC(2025, 8, 1) }

/** The weight that a question gives to a day. */
function weightOf(question: string, day: string, now?: number): number {
  const timeMs = Date.parse(`${day}T12:00:00Z`)
  const periods = periodsOf(question, { ...span, ...(now !== undefined && { now }) })
  return periods.reduce(
    (sum, { fromMs, toMs, weight }) => sum + (timeMs >= fromMs && timeMs < toMs ? weight : 0),
    0,
  )
}

describe('periodsOf', () => {
  it('finds a month, with and without its year', () => {
    expect(weightOf('What happened in July 2025?', '2025-07-10')).toBeGreaterThan(0)
    expect(weightOf('What happened in july?', '2025-07-10')).toBeGreaterThan(0)
    expect(weightOf('What happened in July 2024?', '2025-07-10')).toBe(0)
  })

  it('gives less to the month after, when people tell of it', () => {
    const during = weightOf('What happened in June?', '2025-06-10')
    const after = weightOf('What happened in June?', '2025-07-10')
    expect(after).toBeGreaterThan(0)
    expect(after).toBeLessThan(during)
  })

  it.each(['on 3 July 2025', 'on July 3rd, 2025', 'on 2025-07-03', 'on the 3rd of July'])(
    'gives most to the day: %s',
    (when) => {
      const question = `Who called ${when}?`
      expect(weightOf(question, '2025-07-03')).toBeGreaterThan(weightOf(question, '2025-07-25'))
    },
  )

  it('takes the verb for what it is', () => {
    expect(periodsOf('May I ask what may happen?', span)).toEqual([])
    expect(weightOf('What did we plan in May?', '2025-05-10')).toBeGreaterThan(0)
  })

  it('reads times relative to the present', () => {
    const now = Date.UTC(2025, 7, 20, 12)
    expect(weightOf('What did I say two weeks ago?', '2025-08-06', now)).toBeGreaterThan(0)
    expect(weightOf('What did I say yesterday?', '2025-08-19', now)).toBeGreaterThan(0)
    expect(weightOf('What did I say last month?', '2025-07-25', now)).toBeGreaterThan(0)
    expect(weightOf('What did I say yesterday?', '2025-08-01', now)).toBe(0)
    expect(weightOf('What did I say yesterday?', '2025-08-19')).toBe(0)
  })
})
