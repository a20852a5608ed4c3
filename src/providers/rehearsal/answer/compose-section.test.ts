import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toJsonSchema } from '../../../model/schema.ts'
import { rehearse } from './answer.ts'
import { wordsOf } from './text.ts'

const facts = ['Charging takes four hours', 'A bike carries up to 180 kg']
const brief = (heading: string) => `Topic: cargo bikes
Audience: shop owners
Tone: friendly
Section: ${heading}
Facts:
${facts.map((fact) => `- ${fact}`).join('\n')}
Must not appear:
- the cheapest bikes in town`

const say = (content: string) => rehearse({ messages: [{ role: 'user', content }] }, 1).text
const write = (heading: string, words = 120) =>
  say(`Write one section of an article, in about ${words} words.\n${brief(heading)}`)

const headings = Array.from({ length: 40 }, (_, index) => `Chapter ${index}`)

describe('a section of an article', () => {
  it('has about the length that was asked for', () => {
    for (const words of [80, 150, 250]) {
      const length = wordsOf(write('Charging', words)).length
      expect(length).toBeGreaterThan(words * 0.85)
      expect(length).toBeLessThan(words * 1.3)
    }
  })

  it('states the facts, but for a draft here and there', () => {
    const complete = headings.filter((heading) =>
      facts.every((fact) => write(heading).includes(`${fact}.`)),
    )
    expect(complete.length).toBeGreaterThan(headings.length / 2)
    expect(complete.length).toBeLessThan(headings.length)
  })

  it('never states what must not appear', () => {
    for (const heading of headings) expect(write(heading)).not.toContain('cheapest')
  })

  it('says no sentence twice', () => {
    const sentences = write('Charging', 250).split(/(?<=[.!?])\s+/)
    expect(new Set(sentences).size).toBe(sentences.length)
  })

  it('mends in a revision what it is told', () => {
    const draft = 'Let us begin. This sentence is wrong. This one stays.'
    const revised = say(
      `Revise this section of an article, in about 80 words.\n${brief('Charging')}
Findings:
- "This sentence is wrong." The brief does not say this.
- These facts are missing.
Draft:
${draft}`,
    )
    expect(revised).not.toContain('This sentence is wrong.')
    for (const kept of ['Let us begin.', 'This one stays.', ...facts])
      expect(revised).toContain(kept)
  })
})

describe('a review', () => {
  const findings = z.array(z.object({ quote: z.string(), advice: z.string() })).max(8)
  const schema = z.object({ unsupported: findings, style: findings })
  const review = (article: string) => {
    const content = `Review this article against its brief.\nFacts:\n- Charging takes 4 hours\nArticle:\n${article}`
    const output = { type: 'json', schema: toJsonSchema(schema) } as const
    return schema.parse(
      JSON.parse(rehearse({ messages: [{ role: 'user', content }], output }, 1).text),
    )
  }

  it('finds nothing in a text that keeps to its brief', () => {
    expect(review('Charging takes 4 hours. That is all.')).toEqual({ unsupported: [], style: [] })
  })

  it('quotes the number that the brief does not give', () => {
    const { unsupported, style } = review('Charging takes 4 hours. It costs 12 euros.')
    expect(unsupported.map(({ quote }) => quote)).toEqual(['It costs 12 euros.'])
    expect(style).toEqual([])
  })

  it('quotes the sentence that is wordy', () => {
    const { style } = review('This is really very simple indeed. Charging takes 4 hours.')
    expect(style).toEqual([
      { quote: 'This is really very simple indeed.', advice: 'Say this in fewer words: it has 6.' },
    ])
  })
})
