import type { Article } from './article.ts'
import { asSentence, countWords, forbiddenIn, states, withoutSentences } from './claims.ts'
import type { Plan } from './outline.ts'
import type { Finding } from './review.ts'
import { type Cost, type Head, listSteps, sectionStep, total } from './work.ts'
import type { Workbench } from './workbench.ts'

/** What there is of an article so far. */
export interface Material {
  readonly bench: Workbench
  readonly spent: () => Cost
  plan?: Plan
  texts?: readonly string[]
}

export interface FullMaterial extends Material {
  readonly plan: Plan
  readonly texts: readonly string[]
  readonly review: { readonly findings: readonly Finding[]; readonly dropped: number }
  readonly head: Head
}

/**
 * The last hand: what models left wrong is put right by rule, and whatever was not made as it should be is
 * in the report. A forbidden sentence goes; a missing fact is told in the words of the brief.
 */
export function finish({ bench, spent, plan, texts, review, head }: FullMaterial): Article {
  const { brief, spentBefore } = bench.order
  const forbidden = (text: string) => forbiddenIn(text, brief.mustNotAppear)
  const cleaned = texts.map((text) => withoutForbidden(text, brief.mustNotAppear))
  const removed = [...texts, head.summary].flatMap(forbidden)
  const missing = plan.sections.map(({ facts }) =>
    facts.filter((fact) => !cleaned.some((text) => states(text, fact))),
  )
  const sections = cleaned.map((text, index) =>
    [text, (missing[index] ?? []).map(asSentence).join(' ')]
      .filter((part) => part !== '')
      .join('\n\n'),
  )
  const whole = sections.join('\n\n')
  const added = missing.flat()
  const notes = [
    ...stepNotes(bench),
    ...added.map((fact) => `No draft stated this fact; it was added by rule: ${asSentence(fact)}`),
    ...removed.map(
      ({ because }) => `A sentence was taken out, since the brief forbids “${because}”.`,
    ),
    ...(review.dropped > 0
      ? [`${review.dropped} findings of the review quoted nothing in the text and were dropped.`]
      : []),
  ]
  const isForbidden = (text: string) => forbidden(text).length > 0
  return {
    status: stepNotes(bench).length > 0 ? 'degraded' : 'complete',
    title: isForbidden(head.title) ? plan.title : head.title,
    summary: withoutForbidden(head.summary, brief.mustNotAppear) || `On ${brief.topic}.`,
    keywords: head.keywords.filter((keyword) => !isForbidden(keyword)),
    plan,
    sections,
    report: {
      notes,
      facts: brief.mustAppear.map((fact) => ({
        fact,
        stated: added.includes(fact) ? 'by rule' : states(whole, fact) ? 'by the text' : 'nowhere',
      })),
      findings: review.findings.map((finding) => ({
        ...finding,
        mended: isMended(finding, whole),
      })),
      removed,
      words: countWords(whole),
      spent: total([spentBefore, spent()]),
    },
    work: bench.work,
  }
}

/** What an editor who pauses gets: all that is there, and nothing made up for the rest. */
export function pausedArticle({ bench, spent, plan, texts }: Material): Article {
  const { brief, spentBefore } = bench.order
  const planned = plan ?? { title: brief.topic, sections: [] }
  const sections =
    texts ??
    planned.sections.map((_section, index) => `${bench.work[sectionStep(index)]?.value ?? ''}`)
  const whole = sections.join('\n\n')
  return {
    status: 'paused',
    title: planned.title,
    summary: '',
    keywords: [],
    plan: planned,
    sections: [...sections],
    report: {
      notes: ['Paused by an editor. What is written is kept, and resuming goes on from there.'],
      facts: brief.mustAppear.map((fact) => ({
        fact,
        stated: states(whole, fact) ? 'by the text' : 'nowhere',
      })),
      findings: [],
      removed: [],
      words: countWords(whole),
      spent: total([spentBefore, spent()]),
    },
    work: bench.work,
  }
}

/** One sentence for each step that no model did. */
function stepNotes({ work }: Workbench): string[] {
  return listSteps(work).flatMap(({ step, by, reason }) =>
    by === 'canned' ? [`${consequence(step)} (${reason}).`] : [],
  )
}

function consequence(step: string): string {
  const [kind, number] = step.split('-')
  if (kind === 'outline') return 'The outline is a plain one, not made by a model'
  if (kind === 'section')
    return `Section ${number} is canned: it gives the facts of the brief and no more`
  if (kind === 'review') return 'No model has reviewed the text; the rules alone have'
  if (kind === 'revision') return `Section ${number} was not revised and keeps its draft`
  return 'Title and summary were made from the brief, not by a model'
}

function isMended({ kind, quote, advice }: Finding, whole: string): boolean {
  if (quote !== '') return !whole.includes(quote)
  return kind === 'missing' ? states(whole, advice.replace(/^[^:]*: /, '')) : true
}

function withoutForbidden(text: string, forbidden: readonly string[]): string {
  const sentences = forbiddenIn(text, forbidden).map(({ sentence }) => sentence)
  return withoutSentences(text, sentences)
}
