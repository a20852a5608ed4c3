import { z } from 'zod'
import { outlineSchema } from './outline.ts'
import { reviewSchema } from './review.ts'

export const spentSchema = z.object({ usd: z.number().min(0), tokens: z.number().min(0) })

export type Cost = z.infer<typeof spentSchema>

/** What stands above an article. */
export const headSchema = z.object({
  title: z.string().min(3).max(140),
  summary: z.string().min(10).max(400),
  keywords: z.array(z.string().max(40)).min(1).max(6),
})

export type Head = z.infer<typeof headSchema>

const doneSchema = z.object({
  /** A text, or a form that was filled in. */
  value: z.union([z.string(), outlineSchema(), reviewSchema, headSchema]),
  /** `canned`: no model did it. */
  by: z.enum(['primary', 'fallback', 'canned']),
  /** Why not the primary model. */
  reason: z.string().nullable(),
  cost: spentSchema,
  /** Taken over from an earlier version. */
  kept: z.boolean(),
})

/** The steps that are done, by name: `outline`, `section-1`, `review`, `revision-1`, `head`. */
export const workSchema = z.record(z.string(), doneSchema)

export type Done = z.infer<typeof doneSchema>
export type Work = Record<string, Done>

export const sectionStep = (index: number): string => `section-${index + 1}`
export const revisionStep = (index: number): string => `revision-${index + 1}`

/** The steps without what they gave, in the order in which an article is made. */
export function listSteps(work: Work) {
  const order = ['outline', 'section', 'review', 'revision', 'head']
  const rank = (step: string) => {
    const [kind = '', number = 0] = step.split('-')
    return order.indexOf(kind) * 100 + Number(number)
  }
  return Object.entries(work)
    .map(([step, { value: _value, ...done }]) => ({ step, ...done }))
    .toSorted((one, other) => rank(one.step) - rank(other.step))
}

export function total(costs: readonly Cost[]): Cost {
  return costs.reduce(
    (sum, { usd, tokens }) => ({ usd: sum.usd + usd, tokens: sum.tokens + tokens }),
    { usd: 0, tokens: 0 },
  )
}

/** What no model did, and what has read it, is to be done anew. */
export function withoutCanned(work: Work): Work {
  const canned = Object.keys(work).filter((step) => work[step]?.by === 'canned')
  let kept = Object.fromEntries(Object.entries(work).filter(([step]) => !canned.includes(step)))
  // Sections follow from the outline.
  if (canned.includes('outline')) return {}
  for (const step of canned) {
    const number = /^section-(\d+)$/.exec(step)?.[1]
    if (number) kept = withoutSection(kept, Number(number) - 1)
  }
  return kept
}

/** What has to be done anew when a section is: itself, and all that has read it. */
export function withoutSection(work: Work, index: number): Work {
  const anew = new Set([sectionStep(index), revisionStep(index), 'review'])
  return Object.fromEntries(Object.entries(work).filter(([step]) => !anew.has(step)))
}
