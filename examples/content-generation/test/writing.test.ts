import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { says, scriptedModel } from 'holdfast/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { budgetFor } from '../desk/forecast.ts'
import { readCsv } from '../desk/read-csv.ts'
import { rehearsalPrices } from '../models.ts'
import { sampleBriefs } from '../samples/briefs.ts'
import { makeBriefs } from '../samples/make-briefs.ts'
import type { Article } from '../writing/article.ts'
import { type Brief, sectionCount, wordRange } from '../writing/brief.ts'
import { type Cost, total } from '../writing/work.ts'
import { cannedFor, expectFaithful, expectHonest } from './faithful.ts'
import { openTestDesk, price, type TestDesk } from './open-test-desk.ts'

let test: TestDesk

beforeAll(async () => {
  test = await openTestDesk()
})
afterAll(() => test.close())

async function write(brief: Brief, { desk, ended }: TestDesk = test): Promise<Article> {
  const { id } = await desk.order(brief)
  const { article } = await ended(id)
  if (!article) throw new Error('The article has no version that ended.')
  return article
}

describe('writing an article', () => {
  it.each(sampleBriefs)('does $brief.topic as the brief says', async ({ brief, expected }) => {
    const article = await write(brief)
    expect(article.status).toBe('complete')
    expectFaithful(article, brief)
    expect(article.title).toBe(expected.title)
    expect(article.sections.length).toBe(expected.sections)
    expect(article.report.words).toBeGreaterThanOrEqual(expected.words[0])
    expect(article.report.words).toBeLessThanOrEqual(expected.words[1])
    expect(article.keywords.length).toBeGreaterThan(0)
    expect(article.report.notes).toEqual([])
    expect(article.report.findings.filter(({ mended }) => !mended)).toEqual([])
    expect(article.report.spent.usd).toBeGreaterThan(0)
    expect(article.report.spent.usd).toBeLessThanOrEqual(budgetFor(brief, price).usd)
  })

  it('does all hundred briefs of the file, each within its length and budget', async () => {
    const text = readFileSync(join(import.meta.dirname, '../samples/briefs.csv'), 'utf8')
    expect(text).toBe(makeBriefs())
    const briefs = readCsv(text).flatMap((row) => ('brief' in row ? [row.brief] : []))
    expect(briefs.length).toBe(100)
    const foreseen = await test.desk.forecast(briefs)
    const articles = await Promise.all(briefs.map((brief) => write(brief)))
    let usd = 0
    for (const [index, article] of articles.entries()) {
      const brief = briefs[index] as Brief
      expectFaithful(article, brief)
      expectHonest(article)
      expect(article.sections.length).toBe(sectionCount(brief))
      expect(article.report.spent.usd).toBeLessThanOrEqual(budgetFor(brief, price).usd)
      usd += article.report.spent.usd
      if (article.status !== 'complete') continue
      const { least, most } = wordRange(brief.words)
      expect(article.report.words).toBeGreaterThanOrEqual(least)
      expect(article.report.words).toBeLessThanOrEqual(most)
    }
    expect(cannedFor(articles)).toEqual([])
    const complete = articles.filter(({ status }) => status === 'complete')
    expect(complete.length).toBeGreaterThan(50)
    // What was said before the start was right to a third.
    expect(usd).toBeGreaterThan(foreseen.likely.usd * 0.67)
    expect(usd).toBeLessThan(foreseen.likely.usd * 1.33)
    expect(usd).toBeLessThanOrEqual(foreseen.most.usd)
  })
})

describe('models that do not keep to the brief', () => {
  const brief = sampleBriefs[0]?.brief as Brief
  const padding = 'Nothing in this sentence claims anything at all about the matter. '.repeat(12)

  it('have their forbidden sentences taken out and missing facts added, in the open', async () => {
    const careless = scriptedModel({
      id: 'scripted',
      script: ({ request }) => {
        const usage = { inputTokens: 400, outputTokens: 300 }
        const { output } = request
        if (output?.type !== 'json') {
          return says(`Ours are the cheapest bikes. ${padding}`, { usage })
        }
        const fields = JSON.stringify(output.schema)
        if (fields.includes('unsupported')) {
          const invented = { quote: 'A sentence that stands nowhere.', advice: 'Drop it.' }
          return says(JSON.stringify({ unsupported: [invented], style: [] }), { usage })
        }
        if (fields.includes('summary')) {
          const head = {
            title: 'The cheapest bikes',
            summary: 'A summary of it all.',
            keywords: ['bikes'],
          }
          return says(JSON.stringify(head), { usage })
        }
        const section = { heading: 'A heading', points: [] }
        const outline = { title: 'On bikes', sections: [section, section, section, section] }
        return says(JSON.stringify(outline), { usage })
      },
    })
    const other = await openTestDesk({ models: [careless] })
    try {
      const article = await write(brief, other)
      expectFaithful(article, brief)
      expect(article.title).toBe('On bikes')
      expect(article.report.facts.map(({ stated }) => stated)).toEqual(Array(4).fill('by rule'))
      expect(article.report.removed.length).toBe(4)
      const notes = article.report.notes.join(' ')
      for (const part of ['cheapest', '1,200 euros', 'quoted nothing'])
        expect(notes).toContain(part)
    } finally {
      await other.close()
    }
  })
})

describe('a budget that is too small', () => {
  const brief = sampleBriefs[0]?.brief as Brief

  /** What a provider would have charged for the requests since `asked`. */
  const billSince = (asked: number): Cost =>
    total(
      test.server.requests.log.slice(asked).map(({ model, inputTokens, outputTokens }) => {
        const { input, output } = rehearsalPrices[model] ?? price
        return {
          usd: (inputTokens * input + outputTokens * output) / 1e6,
          tokens: inputTokens + outputTokens,
        }
      }),
    )

  async function writeWithin(budget: Cost) {
    const asked = test.server.requests.log.length
    const { id } = await test.desk.order(brief, { budget })
    const { article } = await test.ended(id)
    return { article: article as Article, bill: billSince(asked) }
  }

  it.each([0, 0.0003, 0.001, 0.002, 0.004])('of %d dollars is held', async (usd) => {
    const { article, bill } = await writeWithin({ usd, tokens: 100_000 })
    expect(bill.usd).toBeLessThanOrEqual(usd)
    expect(article.report.spent.usd).toBeCloseTo(bill.usd, 9)
    expectFaithful(article, brief)
  })

  it('takes the cheaper model where the first is too dear', async () => {
    const { article } = await writeWithin({ usd: 0.002, tokens: 100_000 })
    const steps = Object.values(article.work)
    expect(steps.some(({ by, reason }) => by === 'fallback' && reason === 'budget')).toBe(true)
  })

  it('leaves out what it does not reach for, and says so', async () => {
    const { article, bill } = await writeWithin({ usd: 1, tokens: 1_500 })
    expect(bill.tokens).toBeLessThanOrEqual(1_500)
    expect(article.status).toBe('degraded')
    expect(article.report.notes.join(' ')).toContain('(budget)')
    expect(article.sections.join(' ')).toContain('the budget of this article is spent')
    expectFaithful(article, brief)
  })
})
