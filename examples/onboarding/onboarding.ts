import { definePipeline, type Model } from 'holdfast'
import { z } from 'zod'

const input = z.object({
  userId: z.string().min(1).max(100),
  message: z.string().trim().min(1).max(2_000),
})

const output = z.object({
  intent: z.enum(['exchange', 'inquiry', 'support']),
  urgency: z.number().min(0).max(1).describe('0: no hurry; 1: within the hour'),
  reply: z.string().min(1).describe('Two or three friendly sentences to the visitor'),
  suggestedRoute: z
    .enum(['/exchange/quote', '/account/verify', '/learn/fees', '/help/contact'])
    .optional()
    .describe('The next step on the platform, if one fits'),
})

const system = `You welcome visitors of Tidal, an exchange for euros, dollars and digital currencies, while they sign up.
Say what the visitor can do next, in their words. Never promise a rate, a fee or a time; those are on the pages you can suggest.
Swaps need a verified identity; verification usually takes a few minutes.`

/**
 * The onboarding assistant: one typed answer per message, with the conversation in mind. Without models
 * of its own it uses those of the application.
 */
export function createOnboarding(models?: readonly Model[]) {
  return definePipeline({
    name: 'onboarding',
    input,
    output,
    ...(models && { models }),
    deadlineMs: 8_000,
    temperature: 0.3,
    // A visitor waits: a model that is silent for this long is given up for the next one.
    policy: { timeout: { firstContentMs: 2_500, chunkMs: 1_500 } },
    memory: {
      conversation: ({ userId }) => userId,
      tokenBudget: 8_000,
      remember: ({ input: { message }, output: { reply } }) => ({
        user: message,
        assistant: reply,
      }),
    },
    prompt: ({ input: { message } }) => ({ system, user: message }),
    canned: () => ({
      intent: 'inquiry',
      urgency: 0.5,
      reply:
        'Thank you, your message has reached us. Our assistant cannot answer right now, so a person will; meanwhile you can go on signing up.',
      suggestedRoute: '/help/contact',
    }),
    samples: [
      { userId: 'sample-1', message: 'I want to swap 200 euros for bitcoin.' },
      { userId: 'sample-2', message: 'What do you charge for a transfer?' },
      { userId: 'sample-3', message: 'My account is locked and I need it now.' },
    ],
  })
}
