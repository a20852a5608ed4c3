import { z } from 'zod'
import { forbiddenIn } from './claims.ts'

const claim = z.string().trim().min(3).max(200)

/** What an editor asks for. Nothing else about the subject is known to be true. */
export const briefSchema = z
  .object({
    topic: z.string().trim().min(3).max(120),
    audience: z.string().trim().min(2).max(80),
    tone: z.enum(['plain', 'friendly', 'formal']),
    /** Of the whole article. */
    words: z.number().int().min(200).max(1_500),
    /** Facts that the article has to state. */
    mustAppear: z.array(claim).max(12),
    /** Words or claims that it may not hold. */
    mustNotAppear: z.array(claim).max(12),
  })
  .superRefine(({ topic, mustAppear, mustNotAppear }, context) => {
    for (const wanted of [topic, ...mustAppear]) {
      for (const { because } of forbiddenIn(wanted, mustNotAppear)) {
        const message = `“${wanted}” is wanted and “${because}” is forbidden: both cannot be.`
        context.addIssue({ code: 'custom', path: ['mustNotAppear'], message })
      }
    }
  })

export type Brief = z.infer<typeof briefSchema>

/** About 150 words a section: what fits on a phone without scrolling twice. */
export function sectionCount({ words }: Brief): number {
  return Math.min(7, Math.max(2, Math.round(words / 150)))
}

/** A draft may be off by so much before it is called too short or too long. */
const tolerance = 0.25

export function wordRange(words: number): { readonly least: number; readonly most: number } {
  return { least: Math.floor(words * (1 - tolerance)), most: Math.ceil(words * (1 + tolerance)) }
}
