import { definePipeline, type Model } from 'holdfast'
import { z } from 'zod'
import { visibleProfile } from './profile.ts'
import { topicNames, topicOf, topics } from './topics.ts'

const input = z.object({
  userId: z.string().min(1).max(100),
  message: z.string().trim().min(1).max(2_000),
})

const output = z.object({
  intent: z
    .enum(['exchange', 'inquiry', 'support'])
    .describe('exchange: wants to swap or buy; inquiry: asks something; support: has a problem'),
  urgency: z.number().min(0).max(1).describe('0: no hurry; 1: within the hour'),
  reply: z.string().min(1).describe('Two or three friendly sentences to the visitor'),
  suggestedRoute: z
    .enum(['/exchange/quote', '/verify', '/learn/fees', '/help/contact'])
    .optional()
    .describe(
      'The next step on the platform, if one fits. /exchange/quote: wants to swap or buy; /verify: asks about identity, verification or limits; /learn/fees: asks about fees, cost, time or payment; /help/contact: has a problem, a locked account, or wants a person',
    ),
  followUps: z
    .array(z.enum(topicNames))
    .max(3)
    .describe('What the visitor is most likely to ask next, the likeliest first'),
})

const system = `You welcome visitors of Tidal, where people trade euros, dollars and digital currencies, while they sign up.
Say what the visitor can do next, in their words. Promise no rate and no time; say only what stands here, else suggest a page.

We charge 1 percent of an exchange as a fee, and at least 50 cents; it is shown before you confirm.
A verified visitor may exchange up to 1,000 euros a day; the limit grows after thirty days.
To verify your identity you need a passport or an identity card and the camera of your phone; it usually takes a few minutes.
An exchange between currencies usually takes some minutes, a transfer to a bank one working day.
Your money is kept safe in accounts that are separate from ours, and nine tenths of the digital currencies are kept offline.
You can pay in by bank transfer or by card.
A person answers from 8 to 20 o'clock on the contact page.`

/** Answers to this many of the follow-up questions are made while the visitor reads. */
const foreseen = 2

/**
 * The onboarding assistant: one typed answer per message, with the conversation and the step of the
 * sign-up in mind. Without models of its own it uses those of the application.
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
      user: ({ userId }) => userId,
      tokenBudget: 8_000,
      project: visibleProfile,
      remember: ({ input: { message }, output: { reply } }) => ({
        user: message,
        assistant: reply,
      }),
    },
    precompute: {
      freshMs: 10 * 60_000,
      after: ({ input: { userId }, output: { followUps } }) =>
        followUps.slice(0, foreseen).map((topic) => ({ userId, message: topics[topic] })),
      learn: {
        session: ({ userId }) => userId,
        step: ({ message }) => topicOf(message),
        next: (step, { userId }) => {
          const topic = topicNames.find((name) => name === step)
          return topic && { userId, message: topics[topic] }
        },
      },
      tokensPerDay: 5_000_000,
    },
    prompt: ({ input: { message } }) => ({ system, user: message }),
    canned: () => ({
      intent: 'inquiry',
      urgency: 0.5,
      reply:
        'Thank you, your message has reached us. Our assistant cannot answer right now, so a person will; meanwhile you can go on signing up.',
      suggestedRoute: '/help/contact',
      followUps: [],
    }),
    samples: [
      { userId: 'sample-1', message: 'I want to swap 200 euros for bitcoin.' },
      { userId: 'sample-2', message: 'What do you charge for a transfer?' },
      { userId: 'sample-3', message: 'My account is locked and I need it now.' },
    ],
  })
}
