import { z } from 'zod'
import { briefSchema } from './brief.ts'
import { planSchema } from './outline.ts'
import { findingSchema } from './review.ts'
import { spentSchema, workSchema } from './work.ts'

/** What the desk hands to the pipeline: the brief, and what of it is done already. */
export const orderSchema = z.object({
  /** The article whose version this is. */
  article: z.string().min(1).max(60),
  batch: z.string().max(60).optional(),
  brief: briefSchema,
  /** For the whole article, with all its versions. */
  budget: spentSchema,
  /** Versions before this one have spent so much of it. */
  spentBefore: spentSchema,
  /** Steps of an earlier version that are taken over. */
  keep: workSchema,
  /** How often each section was ordered, by its index. */
  versions: z.record(z.string(), z.number()),
})

export type Order = z.infer<typeof orderSchema>

/** An article as the pipeline gives it: always valid, and honest about what is missing in it. */
export const articleSchema = z.object({
  /** `paused`: an editor stopped it; what is there is kept. */
  status: z.enum(['complete', 'degraded', 'paused']),
  title: z.string(),
  summary: z.string(),
  keywords: z.array(z.string()),
  plan: planSchema,
  /** In the order of the plan; empty for what is not written. */
  sections: z.array(z.string()),
  report: z.object({
    /** What an editor has to know, in sentences. Empty for a complete article. */
    notes: z.array(z.string()),
    facts: z.array(
      z.object({ fact: z.string(), stated: z.enum(['by the text', 'by rule', 'nowhere']) }),
    ),
    findings: z.array(findingSchema.extend({ mended: z.boolean() })),
    removed: z.array(z.object({ sentence: z.string(), because: z.string() })),
    words: z.number(),
    spent: spentSchema,
  }),
  work: workSchema,
})

export type Article = z.infer<typeof articleSchema>
