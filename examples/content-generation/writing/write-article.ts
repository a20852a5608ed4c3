import type { StepContext } from 'holdfast'
import type { Article, Order } from './article.ts'
import { type Brief, sectionCount } from './brief.ts'
import { asSentence } from './claims.ts'
import { finish, type Material, pausedArticle } from './finish.ts'
import { outlineSchema, type Plan, plainOutline, planFrom } from './outline.ts'
import {
  headPrompt,
  outlinePrompt,
  reviewPrompt,
  revisionPrompt,
  sectionPrompt,
  sectionWords,
} from './prompts.ts'
import { checkSection, type Finding, locate, reviewSchema } from './review.ts'
import { type Head, headSchema, revisionStep, sectionStep } from './work.ts'
import { type DeskLine, openWorkbench, Paused, type Workbench } from './workbench.ts'

/** From the brief to the article: outline, sections, review, revision, head. */
export async function writeArticle(context: StepContext<Order>, desk: DeskLine): Promise<Article> {
  const bench = openWorkbench(context, desk)
  const material: Material = { bench, spent: context.spent }
  try {
    const plan = await outline(bench)
    material.plan = plan
    desk.planned(context.input, plan)
    const drafts = await inParallel(plan.sections, (_section, index) => draft(bench, plan, index))
    material.texts = drafts
    const review = await reviewDrafts(bench, plan, drafts)
    const texts = await inParallel(drafts, (text, index) =>
      revise(bench, { plan, index, text, findings: review.findings }),
    )
    const head = await writeHead(bench, plan)
    return finish({ ...material, plan, texts, review, head })
  } catch (error) {
    if (error instanceof Paused) return pausedArticle(material)
    throw error
  }
}

async function outline(bench: Workbench): Promise<Plan> {
  const { brief } = bench.order
  const sections = sectionCount(brief)
  const outlined = await bench.fill({
    step: 'outline',
    prompt: outlinePrompt(brief, sections),
    form: outlineSchema(sections),
    maxOutputTokens: 200 + sections * 120,
    canned: () => plainOutline(brief),
  })
  return planFrom(outlined, brief)
}

function draft(bench: Workbench, plan: Plan, index: number): Promise<string> {
  const { brief } = bench.order
  return bench.write({
    step: sectionStep(index),
    prompt: sectionPrompt(jobOf(bench, plan, index)),
    maxOutputTokens: outputTokens(sectionWords({ brief, plan })),
    canned: (reason) => factsAlone(brief, plan, index, reason),
  })
}

/** What a section says when no model wrote it: the facts of the brief, and that it is not more. */
function factsAlone({ topic }: Brief, plan: Plan, index: number, reason: string): string {
  const facts = plan.sections[index]?.facts ?? []
  const why = reason === 'budget' ? 'the budget of this article is spent' : 'no model answered'
  return facts.length > 0
    ? `This section was not written, because ${why}. What is known: ${facts.map(asSentence).join(' ')}`
    : `This section on ${topic} was not written, because ${why}.`
}

interface Reviewed {
  readonly findings: readonly Finding[]
  /** Findings of the model whose quotes stand nowhere. */
  readonly dropped: number
}

/** Rules check what rules can; a model reads for the rest. */
async function reviewDrafts(
  bench: Workbench,
  plan: Plan,
  drafts: readonly string[],
): Promise<Reviewed> {
  const { brief } = bench.order
  const written = drafts.map((text, index) => (bench.missed(sectionStep(index)) ? '' : text))
  const ruled = written.flatMap((text, index) =>
    text === '' ? [] : checkSection(text, index, plan, brief),
  )
  const read = await bench.fill({
    step: 'review',
    prompt: reviewPrompt(brief, written.join('\n\n')),
    form: reviewSchema,
    maxOutputTokens: 1_000,
    canned: () => ({ unsupported: [], style: [] }),
  })
  const { findings, dropped } = locate(read, written)
  const isNew = ({ quote }: Finding) => !ruled.some((each) => each.quote === quote)
  return { findings: [...ruled, ...findings.filter(isNew)], dropped }
}

interface Draft {
  readonly plan: Plan
  readonly index: number
  readonly text: string
  readonly findings: readonly Finding[]
}

/** Sections without findings are left as they are; one that no model can revise keeps its draft. */
async function revise(bench: Workbench, { plan, index, text, findings }: Draft): Promise<string> {
  const own = findings.filter(({ section }) => section === index)
  if (own.length === 0) return text
  return bench.write({
    step: revisionStep(index),
    prompt: revisionPrompt(jobOf(bench, plan, index), text, own),
    maxOutputTokens: outputTokens(sectionWords({ brief: bench.order.brief, plan })),
    canned: () => text,
  })
}

function writeHead(bench: Workbench, plan: Plan): Promise<Head> {
  const { brief } = bench.order
  return bench.fill({
    step: 'head',
    prompt: headPrompt(brief, plan),
    form: headSchema,
    maxOutputTokens: 350,
    canned: () => ({
      title: plan.title,
      summary: `On ${brief.topic}, for ${brief.audience}.`,
      keywords: [brief.topic.slice(0, 40)],
    }),
  })
}

const jobOf = ({ order }: Workbench, plan: Plan, index: number) => ({
  brief: order.brief,
  plan,
  index,
  version: order.versions[index] ?? 1,
})

/** Twice what English takes, and room for a section that runs long. */
const outputTokens = (words: number): number => Math.round(words * 3) + 100

/** All at once; one that is paused waits for the others to end, whose work is kept. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const ends = await Promise.allSettled(items.map(work))
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason
    return end.value
  })
}
