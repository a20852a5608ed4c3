import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Message } from '../../../model/message.ts'
import { toJsonSchema } from '../../../model/schema.ts'
import { rehearse } from './answer.ts'

const system: Message = {
  role: 'system',
  content:
    'You are the assistant of an exchange platform. Fees are 0.5 % for card payments. Verification takes ten minutes.',
}

const onboarding = z.object({
  intent: z.enum(['exchange', 'inquiry', 'support']),
  urgency: z.number().min(0).max(1),
  reply: z.string(),
  suggestedRoute: z.string().optional(),
})

function fill<Output>(schema: z.ZodType<Output>, ...said: (string | Message)[]): Output {
  const messages = said.map(
    (each): Message => (typeof each === 'string' ? { role: 'user', content: each } : each),
  )
  const output = { type: 'json', schema: toJsonSchema(schema) } as const
  return schema.parse(JSON.parse(rehearse({ messages, output }, 1).text))
}

const say = (...messages: Message[]): string => rehearse({ messages }, 1).text
const user = (content: string): Message => ({ role: 'user', content })

describe('a structured answer', () => {
  it.each([
    ['I want to swap 200 euros for bitcoin, is that possible tonight?', 'exchange'],
    ['Sell 0.5 BTC to USD asap', 'exchange'],
    ['Can I buy ethereum with $1,500 tomorrow?', 'exchange'],
    ['My login is locked and I cannot get in, help!', 'support'],
    ['My bank transfer never arrived', 'support'],
    ['The payment failed with an error', 'support'],
    ['What are the fees for card payments?', 'inquiry'],
    ['How long does verification take?', 'inquiry'],
    ['No hurry, just wondering how your limits work', 'inquiry'],
    ['lorem ipsum', 'inquiry'],
  ])('reads the intent of %j as %s', (message, intent) => {
    expect(fill(onboarding, system, message).intent).toBe(intent)
  })

  it('is more urgent the sooner it has to be', () => {
    const messages = [
      'whenever you like',
      'buy bitcoin',
      'buy bitcoin tomorrow',
      'buy bitcoin asap',
    ]
    const urgencies = messages.map((message) => fill(onboarding, message).urgency)
    expect(urgencies).toEqual(urgencies.toSorted((one, other) => one - other))
    expect(new Set(urgencies).size).toBe(4)
  })

  it('takes up the amount, the currencies and the time', () => {
    const { reply, suggestedRoute } = fill(
      onboarding,
      system,
      'I want to swap 200 euros for bitcoin, is that possible tonight?',
    )
    for (const part of ['200 EUR', 'bitcoin', 'tonight']) expect(reply).toContain(part)
    expect(suggestedRoute).toBe('/exchange')
  })

  it('remembers the amount of an earlier turn', () => {
    const { intent, reply } = fill(
      onboarding,
      'I want to swap 200 euros for bitcoin',
      { role: 'assistant', content: 'Sure.' },
      'and could I do it tonight?',
    )
    expect(intent).toBe('exchange')
    expect(reply).toContain('200 EUR')
  })

  it('answers a question with what it was told, and does not guess', () => {
    expect(fill(onboarding, system, 'What are the fees for card payments?').reply).toContain(
      '0.5 %',
    )
    expect(fill(onboarding, 'What are the fees?').reply).toContain('rather not guess')
  })

  it('reads what the description says of the options', () => {
    const schema = z.object({
      team: z
        .enum(['alpha', 'beta'])
        .describe('alpha: broken bicycles and brakes; beta: everything about boats and sails'),
    })
    expect(fill(schema, 'The sails of my boats are torn').team).toBe('beta')
    expect(fill(schema, 'My brakes squeak').team).toBe('alpha')
  })

  it('takes a route that it is offered', () => {
    const schema = z.object({ route: z.string().describe('One of /swap, /help-center or /fees') })
    expect(fill(schema, 'What fees do you take?').route).toBe('/fees')
  })

  it('finds fields by their labels and patterns', () => {
    const invoice = z.object({
      invoiceNumber: z.string(),
      vendor: z.string(),
      issueDate: z.string(),
      total: z.number(),
      currency: z.string().length(3),
      poNumber: z.string().nullable(),
      items: z.array(z.object({ description: z.string(), amount: z.number() })),
    })
    const text = [
      'Invoice number: NT-2043',
      'Supplier: Northwind Traders',
      'Date: 2026-03-14',
      '',
      '- Steel bolts M8, 120.00 EUR',
      '- Delivery, 18.50 EUR',
      '',
      'Total: 1,138.50 EUR',
    ].join('\n')
    expect(fill(invoice, text)).toEqual({
      invoiceNumber: 'NT-2043',
      vendor: 'Northwind Traders',
      issueDate: '2026-03-14',
      total: 1_138.5,
      currency: 'EUR',
      poNumber: null,
      items: [
        { description: 'Steel bolts M8', amount: 120 },
        { description: 'Delivery', amount: 18.5 },
      ],
    })
  })

  it('chooses between shapes by their marks', () => {
    const schema = z.object({
      action: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('support'), summary: z.string() }),
        z.object({ kind: z.literal('exchange'), amount: z.number() }),
      ]),
    })
    expect(fill(schema, 'Swap 200 euros for bitcoin').action).toEqual({
      kind: 'exchange',
      amount: 200,
    })
    expect(fill(schema, 'My account is locked').action.kind).toBe('support')
  })

  it('builds an outline from the facts of a brief', () => {
    const schema = z.object({
      title: z.string(),
      sections: z
        .array(z.object({ heading: z.string(), points: z.array(z.string()) }))
        .min(3)
        .max(5),
    })
    const brief =
      'Write an outline.\nTopic: cargo bikes\nAudience: shop owners\nFacts:\n- Charging takes four hours\n- A bike carries up to 180 kg\n'
    const { title, sections } = fill(schema, brief)
    expect(title).toBe('Cargo bikes: a guide for shop owners')
    expect(sections.map(({ heading }) => heading)).toContain('Charging')
    expect(sections.flatMap(({ points }) => points)).toContain('Charging takes four hours')
  })

  const leaf: fc.Arbitrary<z.ZodType> = fc.oneof(
    fc.constantFrom<z.ZodType>(
      z.string(),
      z.string().min(30),
      z.string().max(8),
      z.string().min(3).max(5),
      z.string().regex(/^[a-z-]+$/),
      z.boolean(),
      z.int(),
      z.number(),
      z.null(),
      z.literal('x'),
      z.iso.date(),
      z.email(),
      z.url(),
      z.uuid(),
      z.enum(['one', 'two', 'three']),
    ),
    fc
      .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 60 }))
      .map(([low, span]) =>
        z
          .number()
          .min(low)
          .max(low + span),
      ),
    fc.integer({ min: 1, max: 9 }).map((step) => z.int().multipleOf(step).min(step).max(90)),
  )
  const name = fc.constantFrom(
    ...[
      'reply',
      'urgency',
      'title',
      'total',
      'dueDate',
      'count',
      'tags',
      'route',
      'email',
      'score',
    ],
    ...['note', 'isUrgent', 'language', 'summary', 'x', 'items', 'confidence', 'phone', 'from'],
  )
  const { schema } = fc.letrec<{ schema: z.ZodType }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc
        .array(fc.tuple(name, tie('schema'), fc.boolean()), { maxLength: 5 })
        .map((entries) =>
          z.object(
            Object.fromEntries(
              entries.map(([key, each, isOptional]) => [key, isOptional ? each.optional() : each]),
            ),
          ),
        ),
      fc
        .tuple(tie('schema'), fc.integer({ min: 0, max: 2 }), fc.integer({ min: 2, max: 5 }))
        .map(([item, least, most]) => z.array(item).min(least).max(most)),
      tie('schema').map((each) => each.nullable()),
      fc.tuple(tie('schema'), tie('schema')).map(([one, other]) => z.union([one, other])),
    ),
  }))

  it('fits any schema, whatever is said', () => {
    const message = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 80 }),
      fc.constantFrom(
        'Swap 200 euros for bitcoin tonight!',
        'Total: 12.50 EUR\n- one\n- two',
        'Write an article about tea.\nFacts:\n- Tea is warm',
      ),
    )
    fc.assert(
      fc.property(schema, message, (given, said) => {
        const output = { type: 'json', schema: toJsonSchema(given) } as const
        const { text } = rehearse({ messages: [user(said)], output }, 1)
        expect(given.safeParse(JSON.parse(text)).error?.issues).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })
})

describe('a text', () => {
  const harbour =
    'The harbour of Tarn was built in 1821 by two brothers. It served the herring trade for a century. In 1913 a storm destroyed the northern pier. Today the harbour is a museum with twelve boats. The museum costs 8 euros.'

  it('summarises in the words of the text', () => {
    const summary = say(user(`Summarise this text:\n\n${harbour}`))
    for (const sentence of summary.split(/(?<=\.) /)) expect(harbour).toContain(sentence)
    expect(summary.length).toBeLessThan(harbour.length)
  })

  it('answers a question from the text, or says that it is not there', () => {
    expect(say(user(`${harbour}\n\nQuestion: What does the museum cost?`))).toBe(
      'The museum costs 8 euros.',
    )
    expect(say(user(`${harbour}\n\nQuestion: Who governs Norway?`))).toBe(
      'The text that I was given does not say.',
    )
  })

  it('writes a section from the facts of the brief, and no others', () => {
    const text = say(
      user(
        'Write the article.\nTopic: cargo bikes\nAudience: shop owners\nFacts:\n- Charging takes four hours\n- A bike carries up to 180 kg\nSections: charging, parking',
      ),
    )
    expect(text).toContain('## Charging')
    expect(text).toContain('Charging takes four hours.')
    expect(text).toContain('no facts on this')
  })

  it('is the same for the same prompt and seed', () => {
    const prompt = user('My account is locked')
    expect(say(prompt)).toBe(say(prompt))
  })

  it('never calls itself a model', () => {
    for (const message of ['Who are you?', 'Are you a bot?', 'hello', 'What model are you?']) {
      expect(say(user(message))).not.toMatch(/\b(I am|I'm) an? (AI|assistant|language model|bot)/i)
    }
  })

  it('takes any text in its stride', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(say(system, user(text)).length).toBeLessThan(2_000)
      }),
    )
  })
})
