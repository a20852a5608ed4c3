import { expect } from 'vitest'
import type { Article } from '../writing/article.ts'
import type { Brief } from '../writing/brief.ts'
import { forbiddenIn, states } from '../writing/claims.ts'

/** What has to be right in every article, whoever wrote it and however much of it failed. */
export function expectFaithful({ sections, title, summary, report }: Article, brief: Brief): void {
  const text = sections.join('\n\n')
  for (const fact of brief.mustAppear) expect(states(text, fact), fact).toBe(true)
  expect(forbiddenIn(`${title}. ${summary}\n\n${text}`, brief.mustNotAppear)).toEqual([])
  expect(report.facts.map(({ fact }) => fact)).toEqual(brief.mustAppear)
  expect(report.facts.filter(({ stated }) => stated === 'nowhere')).toEqual([])
}

/** The report names every step that no model did, and the status says that there is one. */
export function expectHonest({ status, work, report, sections }: Article): void {
  const canned = Object.entries(work).filter(([, { by }]) => by === 'canned')
  expect(status).toBe(canned.length > 0 ? 'degraded' : 'complete')
  for (const [step, { reason }] of canned) {
    const number = /^section-(\d+)$/.exec(step)?.[1]
    const name = step.replace(/^(section|revision)-(\d+)$/, 'Section $2')
    const words = { outline: 'outline', review: 'reviewed', head: 'Title' }[step] ?? name
    expect(report.notes.some((note) => note.includes(words) && note.includes(`${reason}`))).toBe(
      true,
    )
    if (number) expect(sections[Number(number) - 1]).toContain('was not written')
  }
}

/** Why steps were canned, but for what a busy machine may cause: a model that was too slow for its clocks. */
export function cannedFor(articles: readonly Article[]): readonly (string | null)[] {
  return articles
    .flatMap(({ work }) => Object.values(work))
    .filter(
      ({ by, reason }) => by === 'canned' && !/timeout|deadline|breaker-open/.test(`${reason}`),
    )
    .map(({ reason }) => reason)
}
