import type { Brief } from './brief.ts'
import type { Plan } from './outline.ts'
import type { Finding } from './review.ts'

/** The prompts, as data of the brief in labelled lines: what models and people read alike. */

export const system = `You write for the editorial desk of a publisher.
State only facts that the brief gives; never invent names, numbers, quotes or sources.
Short sentences, no headings, no lists, no greeting, no closing remark about the text itself.`

export function outlinePrompt(brief: Brief, sections: number): string {
  return `Write the outline of an article in ${sections} sections.\n${briefLines(brief)}\nLength: about ${brief.words} words`
}

export interface SectionJob {
  readonly brief: Brief
  readonly plan: Plan
  readonly index: number
  /** From 1; higher when an editor asks for another one. */
  readonly version: number
}

export function sectionWords({ brief, plan }: Pick<SectionJob, 'brief' | 'plan'>): number {
  return Math.round(brief.words / plan.sections.length)
}

export function sectionPrompt(job: SectionJob): string {
  return `Write one section of an article, in about ${sectionWords(job)} words.\n${sectionLines(job)}`
}

export function revisionPrompt(
  job: SectionJob,
  draft: string,
  findings: readonly Finding[],
): string {
  const list = findings.map(({ quote, advice }) => `- ${quote ? `"${quote}" ` : ''}${advice}`)
  return `Revise one section of an article, in about ${sectionWords(job)} words. Mend what the findings say, and keep all else.
${sectionLines(job)}
Findings:
${list.join('\n')}
Draft:
${draft}`
}

export function reviewPrompt(brief: Brief, article: string): string {
  return `Review this article against its brief: what it claims that the facts do not say, and which sentences are hard to read or not in the tone. Quote whole sentences, word for word.
${briefLines(brief)}
Article:
${article}`
}

export function headPrompt(brief: Brief, plan: Plan): string {
  return `Write the title, a summary of one or two sentences, and three to six keywords for an article.
${briefLines(brief)}
Sections: ${plan.sections.map(({ heading }) => heading).join('; ')}`
}

function briefLines({ topic, audience, tone, mustAppear, mustNotAppear }: Brief): string {
  return `Topic: ${topic}\nAudience: ${audience}\nTone: ${tone}${list('Facts', mustAppear)}${list('Must not appear', mustNotAppear)}`
}

function sectionLines({ brief, plan, index, version }: SectionJob): string {
  const section = plan.sections[index]
  const others = plan.sections.filter((each) => each !== section).map(({ heading }) => heading)
  return [
    `Section: ${section?.heading}`,
    `Told elsewhere: ${others.join('; ')}`,
    ...(version > 1
      ? [`Version: ${version}, which has to read differently from those before it`]
      : []),
    briefLines({ ...brief, mustAppear: section?.facts ?? [] }),
  ].join('\n')
}

function list(label: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `\n${label}:\n${items.map((item) => `- ${item}`).join('\n')}`
}
