import { definePipeline, type Model } from 'holdfast'
import { type Article, articleSchema, type Order, orderSchema } from './article.ts'
import type { DeskLine } from './workbench.ts'
import { writeArticle } from './write-article.ts'

/** For articles that nobody can pause, such as those of the command line. */
const noDesk: DeskLine = { isPaused: () => false, planned: () => {}, stepDone: () => {} }

/** One article. Without models of its own it uses those of the application. */
export function createArticlePipeline(desk: DeskLine = noDesk, models?: readonly Model[]) {
  return definePipeline({
    name: 'article',
    input: orderSchema,
    output: articleSchema,
    ...(models && { models }),
    // For one run. A job may wait for its turn in a batch, so it has until the evening.
    deadlineMs: 180_000,
    jobDeadlineMs: 12 * 3_600_000,
    temperature: 0.6,
    maxOutputTokens: 1_200,
    budget: ({ budget, spentBefore }) => ({
      usd: Math.max(0, budget.usd - spentBefore.usd),
      tokens: Math.max(0, budget.tokens - spentBefore.tokens),
    }),
    policy: {
      // A section that breaks off is gone on with by the next model, not paid for again.
      midStream: 'continue',
      timeout: { firstContentMs: 8_000, chunkMs: 4_000 },
      // A whole batch asks at the same time: better to wait a while than to be refused.
      concurrency: { queueMs: 20_000 },
    },
    run: (context) => writeArticle(context, desk),
    canned: ({ input, reason }) => unwritten(input, reason.code),
    samples: [sample],
  })
}

/** The whole run failed, such as by its deadline: the brief, and that there is no more. */
function unwritten({ brief, spentBefore }: Order, reason: string): Article {
  return {
    status: 'degraded',
    title: brief.topic,
    summary: `On ${brief.topic}, for ${brief.audience}.`,
    keywords: [],
    plan: { title: brief.topic, sections: [] },
    sections: [],
    report: {
      notes: [`The article was not written (${reason}). Order it again.`],
      facts: brief.mustAppear.map((fact) => ({ fact, stated: 'nowhere' })),
      findings: [],
      removed: [],
      words: 0,
      spent: spentBefore,
    },
    work: {},
  }
}

const sample: Order = {
  article: 'sample',
  brief: {
    topic: 'cargo bikes',
    audience: 'shop owners',
    tone: 'plain',
    words: 300,
    mustAppear: ['Charging takes four hours'],
    mustNotAppear: [],
  },
  budget: { usd: 0.05, tokens: 50_000 },
  spentBefore: { usd: 0, tokens: 0 },
  keep: {},
  versions: {},
}
