import type { FaultPlan } from 'holdfast'
import { describe, expect, it } from 'vitest'
import { readCsv } from '../desk/read-csv.ts'
import { rehearsalPrices } from '../models.ts'
import { makeBriefs } from '../samples/make-briefs.ts'
import type { Article } from '../writing/article.ts'
import { total } from '../writing/work.ts'
import { cannedFor, expectFaithful, expectHonest } from './faithful.ts'
import { openTestDesk, price, type TestDesk } from './open-test-desk.ts'

const briefs = readCsv(makeBriefs())
  .flatMap((row) => ('brief' in row ? [row.brief] : []))
  .slice(0, 20)

const primary = (fault: string): FaultPlan => ({
  kind: 'by-model',
  models: { 'rehearsal-primary': { kind: 'always', fault } },
})

/** Runs 20 articles into a fault, on a desk that has seen none. */
async function drill(plan: FaultPlan): Promise<readonly Article[]> {
  const test = await openTestDesk()
  try {
    return await drillOn(test, plan)
  } finally {
    await test.close()
  }
}

async function drillOn(
  { desk, server, ended }: TestDesk,
  plan: FaultPlan,
): Promise<readonly Article[]> {
  server.setFaults(plan)
  const entries = await Promise.all(briefs.map((brief) => desk.order(brief)))
  const statuses = await Promise.all(entries.map(({ id }) => ended(id)))
  await server.idle()
  for (const { state, article, brief, budget } of statuses) {
    expect(['complete', 'degraded']).toContain(state)
    expectFaithful(article as Article, brief)
    expectHonest(article as Article)
    expect(article?.report.spent.usd).toBeLessThanOrEqual(budget.usd)
    expect(article?.report.spent.tokens).toBeLessThanOrEqual(budget.tokens)
  }
  const articles = statuses.map(({ article }) => article as Article)
  // What the reports say together covers what the provider would have charged.
  const bill = total(
    server.requests.log.map(({ model, inputTokens, outputTokens, status }) => {
      const { input, output } = rehearsalPrices[model] ?? price
      const isPaid = status === 200
      return {
        usd: isPaid ? (inputTokens * input + outputTokens * output) / 1e6 : 0,
        tokens: isPaid ? inputTokens + outputTokens : 0,
      }
    }),
  )
  const reported = total(articles.map(({ report }) => report.spent))
  expect(bill.usd).toBeLessThanOrEqual(reported.usd * 1.000001)
  return articles
}

const byOf = (articles: readonly Article[]) =>
  new Set(articles.flatMap(({ work }) => Object.values(work).map(({ by }) => by)))

describe('twenty articles', () => {
  it.each(['unavailable', 'rate-limit-seconds', 'stream-reset', 'html', 'broken-json'])(
    'end whole by the fallback in a primary fault of %s',
    async (fault) => {
      const articles = await drill(primary(fault))
      expect(cannedFor(articles)).toEqual([])
      expect(byOf(articles)).toContain('fallback')
    },
  )

  it('wait while both providers take no more, and then end whole', async () => {
    const articles = await drill({ kind: 'script', faults: Array(40).fill('rate-limit-ms') })
    expect(cannedFor(articles)).toEqual([])
    expect(byOf(articles)).toContain('primary')
  })

  it('end degraded and honest with both providers down', async () => {
    const articles = await drill({ kind: 'always', fault: 'unavailable' })
    expect(articles.every(({ status }) => status === 'degraded')).toBe(true)
    expect(byOf(articles)).toEqual(new Set(['canned']))
  })

  it('end valid in a mix of all that goes wrong', async () => {
    const faults = ['server-error', 'stream-reset', 'rate-limit-ms', 'schema-invalid', 'stream-cut']
    const mix = { share: 0.3, seed: 7, faults: faults.map((fault) => ({ fault })) }
    await drill({ kind: 'mix', ...mix })
  })
})
