import { encode } from 'gpt-tokenizer'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { canBeCorrected, formatCorrection } from './correction.ts'
import { createOutputReader } from './output-reader.ts'
import type { OutputFailure } from './verdict.ts'

const schema = z.object({
  intent: z.enum(['exchange', 'inquiry', 'support']),
  urgency: z.number().min(0).max(1).describe('How soon somebody has to look at it'),
  contact: z.object({ email: z.email(), phone: z.string().optional() }),
  items: z.array(z.object({ sku: z.string(), count: z.int() })),
})
const reader = createOutputReader(schema)
const good = {
  intent: 'support',
  urgency: 0.5,
  contact: { email: 'mia@example.org' },
  items: [{ sku: 'a', count: 1 }],
}

async function correctionOf(text: string, redact?: (text: string) => string): Promise<string> {
  const verdict = await reader.read({ text, finishReason: 'stop' })
  if (verdict.ok) throw new Error('the answer is valid')
  const options = { previousText: text, schema: reader.jsonSchema }
  return formatCorrection(verdict.failure, redact === undefined ? options : { ...options, redact })
}

describe('correction', () => {
  it('names path, expected and got, and the schema of that path', async () => {
    expect(await correctionOf(JSON.stringify({ ...good, urgency: 7 }))).toBe(
      [
        'Automatic check (not the user): the last answer cannot be used.',
        'path | expected | got',
        'urgency | a number >= 0 and <= 1 | 7',
        'Schema:',
        'urgency: {"type":"number","minimum":0,"maximum":1}',
        'Answer again with the complete corrected JSON and nothing else, not with a patch.',
      ].join('\n'),
    )
  })

  it.each([
    ['a wrong member', JSON.stringify({ ...good, intent: 'refund' })],
    ['a deep path', JSON.stringify({ ...good, contact: { email: 'mia at example' } })],
    ['a long value', JSON.stringify({ ...good, urgency: 'as soon as you can '.repeat(40) })],
    ['a missing value', '{"intent":"support","urgency":}'],
    ['prose', 'I have looked at it and will come back to you. '.repeat(20)],
    ['two answers', `${JSON.stringify(good)} ${JSON.stringify({ ...good, urgency: 1 })}`],
  ])('stays below 120 tokens: %s', async (_, text) => {
    expect(encode(await correctionOf(text)).length).toBeLessThan(120)
  })

  it('lists eight issues at most, and each part of the schema once', async () => {
    const items = Array.from({ length: 12 }, (_, at) => ({ sku: 'a', count: `no ${at}` }))
    const text = await correctionOf(JSON.stringify({ ...good, items }))
    expect(text.match(/^items\[\d+\]\.count \|/gm)).toHaveLength(8)
    expect(text.match(/"type":"integer"/g)).toHaveLength(1)
    expect(text).toContain('items[].count: ')
  })

  it('redacts what it quotes', async () => {
    const text = JSON.stringify({ ...good, urgency: 'call 0171 234567' })
    const redact = (quoted: string) => quoted.replace(/\d{4} \d+/, '[phone]')
    expect(await correctionOf(text, redact)).toContain('call [phone]')
    expect(await correctionOf('call 0171 234567', redact)).toContain('call [phone]')
  })

  it('gives the whole schema where the shape is wrong', async () => {
    expect(await correctionOf('[1, 2]')).toContain('Schema: {"type":"object","properties"')
  })

  it.each([
    ['empty', true],
    ['no-json', true],
    ['ambiguous', true],
    ['schema', true],
    ['syntax', true],
    ['truncated', false],
    ['refused', false],
    ['hostile', false],
  ] as const)('can help after %s: %s', (cause, helps) => {
    const failure: OutputFailure = { cause, issues: [], excerpt: '' }
    expect(canBeCorrected(failure)).toBe(helps)
    const text = formatCorrection(failure, { previousText: '', schema: reader.jsonSchema })
    expect(text).toMatch(/^Automatic check/)
  })
})
