import { z } from 'zod'
import { type Brief, sectionCount } from './brief.ts'
import { contentWords } from './claims.ts'

/** An outline as a model gives it, of so many sections. */
export function outlineSchema(count?: number) {
  const section = z.object({
    heading: z.string().min(2).max(80),
    points: z.array(z.string()).max(8).describe('What the section covers, in a few words each'),
  })
  const sections = z.array(section)
  return z.object({
    title: z.string().min(3).max(140),
    sections: count === undefined ? sections : sections.length(count),
  })
}

export type ModelOutline = z.infer<ReturnType<typeof outlineSchema>>

/** An outline that is worked from: each fact of the brief has its section. */
export const planSchema = z.object({
  title: z.string(),
  sections: z.array(z.object({ heading: z.string(), facts: z.array(z.string()) })),
})

export type Plan = z.infer<typeof planSchema>

/**
 * Gives each fact to the section that speaks of it most, and of equal ones to the one with the fewest.
 * A model is not trusted to hand out all of them: this is where no fact gets lost.
 */
export function planFrom({ title, sections }: ModelOutline, { mustAppear }: Brief): Plan {
  const planned = sections.map(({ heading, points }) => ({
    heading,
    words: new Set(contentWords([heading, ...points].join(' '))),
    facts: [] as string[],
  }))
  const fair = Math.ceil(mustAppear.length / planned.length)
  for (const fact of mustAppear) {
    const scored = planned.map((section) => {
      const shared = contentWords(fact).filter((word) => section.words.has(word)).length
      return {
        section,
        score: shared - (section.facts.length >= fair ? 2 : 0) - section.facts.length * 0.1,
      }
    })
    const best = scored.reduce((one, other) => (other.score > one.score ? other : one))
    best.section.facts.push(fact)
  }
  return { title, sections: planned.map(({ heading, facts }) => ({ heading, facts })) }
}

const usualHeadings = [
  'What this is about',
  'What is known',
  'In practice',
  'What to watch for',
  'First steps',
  'Common questions',
  'In short',
]

/** The outline when no model gives one: plain headings for the facts in the order of the brief. */
export function plainOutline(brief: Brief): ModelOutline {
  const headings = usualHeadings.slice(0, sectionCount(brief))
  return {
    title: brief.topic.charAt(0).toUpperCase() + brief.topic.slice(1),
    sections: headings.map((heading) => ({ heading, points: [] })),
  }
}
