import { randomUUID } from 'node:crypto'
import type { Answer, HoldfastParts, PipelineHandle, Price } from 'holdfast'
import type { Article, Order } from '../writing/article.ts'
import type { Brief } from '../writing/brief.ts'
import type { Plan } from '../writing/outline.ts'
import { type Cost, total, type Work, withoutCanned, withoutSection } from '../writing/work.ts'
import {
  budgetFor,
  type Experience,
  type Forecast,
  forecast,
  likelyCost,
  sectionAllowance,
} from './forecast.ts'
import type { LiveLine } from './live-line.ts'

/** One article with its versions; the newest counts. */
export interface Entry {
  readonly id: string
  readonly batch: string | undefined
  readonly brief: Brief
  readonly budget: Cost
  /** Answer ids, oldest first. */
  readonly versions: readonly string[]
}

export type State =
  | 'waiting'
  | 'writing'
  | 'paused'
  | 'complete'
  | 'degraded'
  | 'failed'
  | 'cancelled'

export interface Status extends Entry {
  readonly state: State
  /** Whether nothing new is to be begun. */
  readonly isPaused: boolean
  /** Steps that are done, in a run that is at work. */
  readonly steps: readonly string[]
  /** By all versions; in a run that is at work, by its steps that are done. */
  readonly spent: Cost
  /** What the newest version was ordered with. */
  readonly order: Order
  /** What it consists of; undefined until the outline is made. */
  readonly plan: Plan | undefined
  readonly article: Article | undefined
}

/**
 * The editorial desk: which articles there are, and what is wanted of them. The articles themselves are
 * answers of the pipeline and stand in the store of the application; the desk finds them there when it
 * opens, and keeps nothing of its own but the pauses.
 */
export interface Desk {
  order(brief: Brief, options?: { batch?: string; budget?: Cost }): Promise<Entry>
  find(article: string): Entry | undefined
  status(article: string): Promise<Status | undefined>
  /** Newest first. */
  list(filter: { readonly batch?: string }): readonly Entry[]
  pause(target: string): Promise<void>
  resume(target: string): Promise<void>
  /** What is at work is stopped in the middle of a sentence. */
  cancel(target: string): Promise<void>
  /** One more version, with that section written anew and all others taken over. */
  regenerate(article: string, section: number): Promise<Entry | undefined>
  /** One more version of each degraded article, in which models do what none has done. */
  mend(target: string): Promise<void>
  /** Corrected by the articles that were finished lately. */
  forecast(briefs: readonly Brief[]): Promise<Forecast>
}

interface DeskParts {
  readonly app: Pick<HoldfastParts, 'answers' | 'cancel'>
  readonly pipeline: PipelineHandle<Order, Article>
  readonly price: Price
  readonly line: LiveLine
}

export async function openDesk({ app, pipeline, price, line }: DeskParts): Promise<Desk> {
  const entries = await readEntries(app)

  async function enqueue(entry: Entry, more: Pick<Order, 'spentBefore' | 'keep' | 'versions'>) {
    const { id, batch, brief, budget, versions } = entry
    line.begin(id)
    const order: Order = { article: id, ...(batch && { batch }), brief, budget, ...more }
    const { answerId } = await pipeline.enqueue(order, {
      idempotencyKey: `${id}-${versions.length + 1}`,
      // One article is waited for; a batch is not.
      ...(batch !== undefined && { priority: 10 }),
    })
    const updated = { ...entry, versions: [...versions, answerId] }
    entries.set(id, updated)
    return updated
  }

  async function status(id: string): Promise<Status | undefined> {
    const entry = entries.get(id)
    const record = await app.answers.get(entry?.versions.at(-1) ?? '')
    if (!entry || !record) return undefined
    // The pipeline has checked both: the one before it was accepted, the other before it ended.
    const order = record.input as unknown as Order
    const article = (record.answer as Answer<Article> | undefined)?.value
    const state = article?.status ?? stateOf(record.state)
    const isPaused = line.isPaused(order)
    const { steps, plan = article?.plan, spent: spentNow } = line.look(id)
    const spent = article?.report.spent ?? total([order.spentBefore, spentNow])
    return { ...entry, state, isPaused, order, article, plan, steps, spent }
  }

  const targets = (target: string): readonly Entry[] => {
    const entry = entries.get(target)
    return entry ? [entry] : [...entries.values()].filter(({ batch }) => batch === target)
  }

  /** Goes on from what a version has done, which is paid for. */
  function goOn(entry: Entry, { article, order }: Status, keep: Work, versions = order.versions) {
    const spentBefore = article?.report.spent ?? order.spentBefore
    return enqueue(entry, { spentBefore, keep, versions })
  }

  async function experience(): Promise<readonly Experience[]> {
    const lately = [...entries.keys()].slice(-30)
    const statuses = await Promise.all(lately.map(status))
    return statuses.flatMap((each) =>
      each?.article?.status === 'complete' && each.versions.length === 1
        ? [{ likely: likelyCost(each.brief, price), spent: each.article.report.spent }]
        : [],
    )
  }

  return {
    order(brief, { batch, budget = budgetFor(brief, price) } = {}) {
      const id = `art_${randomUUID().slice(0, 12)}`
      const entry = { id, batch, brief, budget, versions: [] }
      return enqueue(entry, { spentBefore: { usd: 0, tokens: 0 }, keep: {}, versions: {} })
    },
    find: (id) => entries.get(id),
    status,
    list: ({ batch }) =>
      [...entries.values()]
        .filter((each) => batch === undefined || each.batch === batch)
        .toReversed(),
    pause: (target) => line.pauses.add(target),
    async resume(target) {
      await line.pauses.delete(target)
      for (const entry of targets(target)) {
        const now = await status(entry.id)
        if (now?.article?.status === 'paused') await goOn(entry, now, now.article.work)
      }
    },
    async cancel(target) {
      for (const { versions } of targets(target)) {
        const newest = versions.at(-1)
        if (newest !== undefined) await app.cancel(newest)
      }
    },
    async regenerate(id, section) {
      const now = await status(id)
      if (!now?.article || now.article.sections[section] === undefined) return undefined
      await line.pauses.delete(id)
      const { batch, brief, versions } = now
      const allowance = sectionAllowance(brief, price)
      const budget = total([now.budget, allowance])
      const sectionVersions = { ...now.order.versions, [section]: versions.length + 1 }
      const keep = withoutSection(now.article.work, section)
      return goOn({ id, batch, brief, budget, versions }, now, keep, sectionVersions)
    },
    async mend(target) {
      for (const { id } of targets(target)) {
        const now = await status(id)
        if (now?.article?.status !== 'degraded') continue
        const { batch, brief, versions, spent } = now
        const isBudgetSpent = Object.values(now.article.work).some(
          ({ reason }) => reason === 'budget',
        )
        const budget = isBudgetSpent ? total([spent, budgetFor(brief, price)]) : now.budget
        await goOn({ id, batch, brief, budget, versions }, now, withoutCanned(now.article.work))
      }
    },
    async forecast(briefs) {
      const planned = briefs.map((brief) => ({ brief, budget: budgetFor(brief, price) }))
      return forecast(planned, price, await experience())
    },
  }
}

function stateOf(state: string | undefined): State {
  if (state === 'waiting' || state === 'cancelled' || state === 'failed') return state
  return 'writing'
}

/** All articles of the store, with their versions in order. */
async function readEntries(app: DeskParts['app']): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  const records = await app.answers.list({ pipeline: 'article', limit: 100_000 })
  for (const { id, input } of records.toReversed()) {
    // The pipeline has checked it before it was accepted.
    const { article, batch, brief, budget } = input as unknown as Order
    const versions = [...(entries.get(article)?.versions ?? []), id]
    entries.set(article, { id: article, batch, brief, budget, versions })
  }
  return entries
}
