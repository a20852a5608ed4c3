import type { StandardSchemaV1 } from '@standard-schema/spec'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createOutputReader } from './output-reader.ts'

const zod = z.object({
  intent: z.enum(['exchange', 'support']),
  urgency: z.number().min(0).max(1),
  note: z.string().optional(),
})
const valibot = toStandardJsonSchema(
  v.object({
    intent: v.picklist(['exchange', 'support']),
    urgency: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
    note: v.optional(v.string()),
  }),
)
const arktype = type({ intent: "'exchange'|'support'", urgency: '0<=number<=1', 'note?': 'string' })

const libraries: [string, StandardSchemaV1<unknown, unknown>][] = [
  ['zod', zod],
  ['valibot', valibot],
  ['arktype', arktype],
]

describe.each(libraries)('a schema of %s', (_name, schema) => {
  const read = (text: string) => createOutputReader(schema).read({ text, finishReason: 'stop' })

  it('takes what fits as it is', async () => {
    const value = { intent: 'support', urgency: 0.5 }
    expect(await read(JSON.stringify(value))).toEqual({ ok: true, value, changes: [] })
  })

  it('guides what is mended', async () => {
    const verdict = await read(
      "Sure!\n```json\n{'Intent': 'Exchange', urgency: \"0.8\", note: null,}\n```",
    )
    expect(verdict).toMatchObject({ ok: true, value: { intent: 'exchange', urgency: 0.8 } })
  })

  it('refuses what it does not allow, by path', async () => {
    const verdict = await read('{"intent":"support","urgency":7}')
    expect(verdict.ok).toBe(false)
    if (!verdict.ok) expect(verdict.failure.issues[0]?.path).toEqual(['urgency'])
  })
})
