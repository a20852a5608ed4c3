import { z } from 'zod'
import { type Brief, wordRange } from './brief.ts'
import {
  asSentence,
  countWords,
  forbiddenIn,
  sentencesOf,
  states,
  unknownNumbers,
} from './claims.ts'
import type { Plan } from './outline.ts'

const quoted = z.object({
  quote: z.string().describe('The sentence, word for word'),
  advice: z.string().describe('What to do about it, in a few words'),
})

/** What a model is asked to find. */
export const reviewSchema = z.object({
  unsupported: z.array(quoted).max(8).describe('Sentences that claim what the facts do not say'),
  style: z.array(quoted).max(8).describe('Sentences that are hard to read or not in the tone'),
})

export type ModelReview = z.infer<typeof reviewSchema>

export const findingSchema = z.object({
  kind: z.enum(['missing', 'forbidden', 'unsupported', 'style', 'length']),
  section: z.number().int(),
  /** Empty where it is about something that is not there. */
  quote: z.string(),
  advice: z.string(),
  by: z.enum(['rule', 'model']),
})

export type Finding = z.infer<typeof findingSchema>

/** What can be checked by rule is not left to a model. */
export function checkSection(text: string, index: number, plan: Plan, brief: Brief): Finding[] {
  const at = { section: index, by: 'rule' } as const
  const facts = plan.sections[index]?.facts ?? []
  const words = countWords(text)
  const { least, most } = wordRange(brief.words / plan.sections.length)
  return [
    ...facts
      .filter((fact) => !states(text, fact))
      .map((fact) => ({
        ...at,
        kind: 'missing' as const,
        quote: '',
        advice: `This fact is missing: ${asSentence(fact)}`,
      })),
    ...forbiddenIn(text, brief.mustNotAppear).map(({ sentence, because }) => ({
      ...at,
      kind: 'forbidden' as const,
      quote: sentence,
      advice: `The brief does not want: ${because}`,
    })),
    ...unknownNumbers(text, brief.mustAppear).map((quote) => ({
      ...at,
      kind: 'unsupported' as const,
      quote,
      advice: 'It has a number that the brief does not give.',
    })),
    ...(words < least || words > most
      ? [
          {
            ...at,
            kind: 'length' as const,
            quote: '',
            advice: `It has ${words} words; write ${least} to ${most}.`,
          },
        ]
      : []),
  ]
}

/**
 * A model's findings, each by the section that holds its quote. One whose quote stands nowhere is about
 * nothing, and is dropped.
 */
export function locate(review: ModelReview, texts: readonly string[]) {
  const all = (['unsupported', 'style'] as const).flatMap((kind) =>
    review[kind].map(({ quote, advice }) => ({ kind, quote: quote.trim(), advice })),
  )
  const findings: Finding[] = []
  let dropped = 0
  for (const finding of all) {
    const places = texts.flatMap((text, section) =>
      sentencesOf(text).includes(finding.quote) ? [section] : [],
    )
    if (places.length === 0) dropped++
    for (const section of places) {
      const isKnown = findings.some(
        (each) => each.section === section && each.quote === finding.quote,
      )
      if (!isKnown) findings.push({ ...finding, section, by: 'model' })
    }
  }
  return { findings, dropped }
}
