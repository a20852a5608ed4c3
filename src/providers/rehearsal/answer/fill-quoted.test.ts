import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toJsonSchema } from '../../../model/schema.ts'
import { rehearse } from './answer.ts'

function fill<Output>(schema: z.ZodType<Output>, content: string): Output {
  const output = { type: 'json', schema: toJsonSchema(schema) } as const
  const { text } = rehearse({ messages: [{ role: 'user', content }], output }, 1)
  return schema.parse(JSON.parse(text))
}

const quoted = <Value extends z.ZodType>(value: Value, names = '') =>
  z.object({ value, quote: z.string() }).describe(names).nullable()

const asDocument = (text: string): string => `Find the fields.\n\n<document>\n${text}\n</document>`

describe('a field with its source', () => {
  const form = asDocument(
    [
      '[Page 1]',
      'Invoice number\tInvoice date\tDue date',
      'NT-2043\t14 March 2026\t13 April 2026',
      'Total due\tEUR 2,045.02',
      'Supplier: Northwind Traders',
      'Skills: welding, radar and sailing',
    ].join('\n'),
  )

  it('is taken from below its label', () => {
    const schema = z.object({ dueDate: quoted(z.iso.date(), 'Due date') })
    expect(fill(schema, form).dueDate).toEqual({ value: '2026-04-13', quote: '13 April 2026' })
  })

  it('is taken from beside its label', () => {
    const schema = z.object({ total: quoted(z.number(), 'Total due, Amount due') })
    expect(fill(schema, form).total).toEqual({
      value: 2_045.02,
      quote: 'Total due\tEUR 2,045.02',
    })
  })

  it('is taken from behind its label', () => {
    const schema = z.object({ supplier: quoted(z.string()) })
    expect(fill(schema, form).supplier).toEqual({
      value: 'Northwind Traders',
      quote: 'Supplier: Northwind Traders',
    })
  })

  it('is read by its type', () => {
    const schema = z.object({
      currency: quoted(z.string().describe('A currency code'), 'Total due'),
      skills: quoted(z.array(z.string())),
    })
    expect(fill(schema, form)).toMatchObject({
      currency: { value: 'EUR' },
      skills: { value: ['welding', 'radar', 'sailing'] },
    })
  })

  it('is taken from the words of a sentence', () => {
    const schema = z.object({ law: quoted(z.string(), 'governed by the laws of') })
    const text = asDocument('It ends in May. It is governed by the laws of Scotland. No more.')
    expect(fill(schema, text).law).toEqual({
      value: 'Scotland',
      quote: 'It is governed by the laws of Scotland.',
    })
  })

  it('is null where nothing speaks of it', () => {
    const schema = z.object({ iban: quoted(z.string()), tax: quoted(z.number(), 'VAT') })
    expect(fill(schema, form)).toEqual({ iban: null, tax: null })
  })
})

describe('a list with its sources', () => {
  const sentence = z.object({ text: z.string(), source: z.int(), quote: z.string() })
  const schema = z.object({ sentences: z.array(sentence).max(3) })
  const ask = (question: string) =>
    fill(
      schema,
      `Question: ${question}\n\n${asDocument(
        '[1] lease.docx, page 1\nThe rent is 900 euros a month.\n\n[2] lease.docx, page 4\nThe notice period for both sides\nis three months. Pets are welcome.',
      )}`,
    ).sentences

  it('answers the question with the number of its passage', () => {
    expect(ask('How long is the notice period?')).toEqual([
      expect.objectContaining({ source: 2, text: expect.stringContaining('notice period') }),
    ])
  })

  it('is empty where no passage answers', () => {
    expect(ask('Who governs Norway?')).toEqual([])
  })

  it('says the main points in words of the text', () => {
    const text =
      'The harbour of Tarn was built in 1821 by two brothers from the north. It served the herring trade of the whole coast for a century. In 1913 a storm destroyed the northern pier of the harbour. Today the harbour is a museum with twelve boats and a café.'
    const points = z.object({ points: z.array(z.object({ text: z.string(), quote: z.string() })) })
    const found = fill(points, asDocument(text)).points
    expect(found).toHaveLength(3)
    for (const { quote } of found) expect(text).toContain(quote)
  })
})
