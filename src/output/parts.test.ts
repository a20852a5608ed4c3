import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { formatPartsCorrection } from './correction.ts'
import { createOutputReader } from './output-reader.ts'
import { findWrongParts, mayAskForParts, shortestForParts } from './parts.ts'

const item = z.object({
  sku: z.string(),
  count: z.int().min(0),
  state: z.enum(['new', 'sent']),
  note: z.string().optional(),
})
const schema = z.object({ customer: z.string(), items: z.array(item) })
const reader = createOutputReader(schema)
const items = Array.from({ length: 24 }, (_, at) => ({
  sku: `item ${at}, packed "twice" {with} [care]`,
  count: at,
  state: 'new' as const,
}))
const whole = { customer: 'Mia', items }

async function wrongPartsOf(text: string) {
  const verdict = await reader.read({ text, finishReason: 'stop' })
  if (verdict.ok) throw new Error('the answer is valid')
  const wrong = findWrongParts(verdict.failure, text, reader.jsonSchema)
  return { failure: verdict.failure, wrong }
}

const withItem = (at: number, change: object) =>
  JSON.stringify({
    ...whole,
    items: items.map((one, index) => (index === at ? { ...one, ...change } : one)),
  })

describe('wrong parts of an answer', () => {
  it('are named with their schema, and put into their places', async () => {
    const { wrong, failure } = await wrongPartsOf(withItem(17, { count: -1, state: 'lost' }))
    expect(wrong?.schema).toMatchObject({
      properties: { part1: { type: 'integer' }, part2: { enum: ['new', 'sent'] } },
      required: ['part1', 'part2'],
      additionalProperties: false,
    })
    const options = { previousText: '', schema: reader.jsonSchema }
    expect(wrong && formatPartsCorrection(failure, wrong, options)).toContain(
      '"part2": (items[17].state) {"type":"string","enum":["new","sent"]}',
    )
    const filled = wrong?.fill('```json\n{"part1": 17, "part2": "sent"}\n```') ?? ''
    expect(JSON.parse(filled).items[17]).toEqual({ ...items[17], state: 'sent' })
  })

  it('are put in where a key is missing', async () => {
    const text = withItem(3, { sku: undefined })
    const { wrong } = await wrongPartsOf(text)
    expect(wrong?.parts.map(({ path }) => path)).toEqual([['items', 3, 'sku']])
    expect(JSON.parse(wrong?.fill('{"part1": "a"}') ?? '').items[3].sku).toBe('a')
  })

  it('leave every other character as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(23), fc.constantFrom(' ', '\n', ''), async (at, space) => {
        const text = withItem(at, { state: 'lost' }).replaceAll(',"count"', `,${space}"count"`)
        const { wrong } = await wrongPartsOf(text)
        expect(wrong?.fill('{"part1": "sent"}')).toBe(text.replace('"lost"', '"sent"'))
      }),
    )
  })

  it.each([
    [
      'a short answer',
      JSON.stringify({ customer: 'Mia', items: [{ ...items[0], state: 'lost' }] }),
    ],
    [
      'text that had to be mended',
      withItem(3, { state: 'lost' }).replace('"customer"', 'customer'),
    ],
    ['two documents', `${withItem(3, { state: 'lost' })} ${withItem(4, { state: 'lost' })}`],
    ['a part that is most of it', JSON.stringify({ customer: items, items: [] })],
    [
      'too many parts',
      JSON.stringify({ ...whole, items: items.map((one) => ({ ...one, state: 'lost' })) }),
    ],
    ['a wrapper around it', JSON.stringify({ data: { ...whole, customer: 7.5, items: 'no' } })],
  ])('are not asked for in %s', async (_, text) => {
    expect((await wrongPartsOf(text)).wrong).toBeUndefined()
  })

  it.each(['', 'I am sorry.', '{"part1": 1, "part2": 2}', '{"state": "sent"}', '{part1: "sent"}'])(
    'are not taken from another reply: %s',
    async (reply) => {
      const { wrong } = await wrongPartsOf(withItem(3, { state: 'lost' }))
      expect(wrong).toBeDefined()
      expect(wrong?.fill(reply)).toBeUndefined()
    },
  )

  it('are worth the rest of an answer only when much of it is there', async () => {
    const { failure } = await wrongPartsOf(withItem(3, { state: 'lost' }))
    expect(mayAskForParts(failure, shortestForParts - 1)).toBe(false)
    expect(mayAskForParts(failure, shortestForParts)).toBe(true)
    expect(mayAskForParts({ ...failure, cause: 'syntax' }, 10_000)).toBe(false)
  })
})
