import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { toJsonSchema } from '../model/schema.ts'
import { adaptSchema } from './adapt-schema.ts'
import { createOutputReader } from './output-reader.ts'
import { schemaOf } from './reader.fixture.ts'

const order = z.object({
  id: z.string().min(3).describe('The number on the label'),
  total: z.number().min(0),
  note: z.string().optional(),
  state: z.literal('open').or(z.literal('paid')),
})

describe('schema for a provider', () => {
  it('changes nothing where all of JSON Schema is taken', () => {
    const schema = toJsonSchema(order)
    expect(adaptSchema(schema, 'json-schema')).toEqual({
      schema,
      isStrict: true,
      nullsAreAbsent: false,
    })
  })

  it('requires every key for openai-strict, with null for "not there"', () => {
    expect(adaptSchema(toJsonSchema(order), 'openai-strict')).toEqual({
      schema: {
        type: 'object',
        properties: {
          id: { type: 'string', description: 'The number on the label (minLength: 3)' },
          total: { type: 'number', minimum: 0 },
          note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          state: {
            anyOf: [
              { type: 'string', enum: ['open'] },
              { type: 'string', enum: ['paid'] },
            ],
          },
        },
        required: ['id', 'total', 'note', 'state'],
        additionalProperties: false,
      },
      isStrict: true,
      nullsAreAbsent: true,
    })
  })

  it('reads that null as absent', async () => {
    const verdict = await createOutputReader(order).read({
      text: '{"id":"abc","total":1,"note":null,"state":"paid"}',
      finishReason: 'stop',
    })
    expect(verdict).toMatchObject({ ok: true, value: { id: 'abc', total: 1, state: 'paid' } })
  })

  it('moves limits into the description for anthropic', () => {
    const { schema } = adaptSchema(toJsonSchema(order), 'anthropic')
    expect(schema).toMatchObject({
      properties: {
        total: { type: 'number', description: '(minimum: 0)' },
        note: { type: 'string' },
      },
      required: ['id', 'total', 'state'],
      additionalProperties: false,
    })
  })

  it('wraps what is no object where the top has to be one', async () => {
    const list = { type: 'array', items: { type: 'string' } }
    const adapted = adaptSchema(list, 'openai-strict')
    expect(adapted).toMatchObject({
      schema: { type: 'object', properties: { value: list }, required: ['value'] },
      envelope: 'value',
    })
    const text = '{"value": ["a", "b"]}'
    const reader = createOutputReader(schemaOf(list))
    expect(await reader.read({ text, finishReason: 'stop' })).toMatchObject({ value: ['a', 'b'] })
    expect(adaptSchema(list, 'gemini').envelope).toBeUndefined()
  })

  it('keeps references and writes out the rest', () => {
    interface Tree {
      name: string
      children: Tree[]
    }
    const tree: z.ZodType<Tree> = z.object({
      name: z.string(),
      get children() {
        return z.array(tree)
      },
    })
    const { schema, isStrict } = adaptSchema(toJsonSchema(tree), 'openai-strict')
    expect(JSON.stringify(schema)).toContain('"$ref"')
    expect(isStrict).toBe(true)
    const both = {
      allOf: [{ type: 'object', properties: { a: { type: 'string' } } }],
      required: ['a'],
    }
    expect(adaptSchema(both, 'openai-strict').schema).toEqual({
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    })
  })

  it('turns a tuple into a list of its length', () => {
    const pair = toJsonSchema(z.object({ at: z.tuple([z.number(), z.string()]) }))
    expect(adaptSchema(pair, 'openai-strict').schema).toMatchObject({
      properties: {
        at: {
          items: { anyOf: [{ type: 'number' }, { type: 'string' }] },
          minItems: 2,
          maxItems: 2,
        },
      },
    })
    expect(adaptSchema(pair, 'gemini').schema).toMatchObject({
      properties: { at: { prefixItems: [{ type: 'number' }, { type: 'string' }] } },
    })
  })

  it.each([
    ['a map', z.object({ scores: z.record(z.string(), z.number()) })],
    ['anything', z.object({ extra: z.any() })],
  ])('says that a provider cannot be held to %s', (_, schema) => {
    expect(adaptSchema(toJsonSchema(schema), 'openai-strict').isStrict).toBe(false)
  })

  it('leaves out what tells a model nothing', () => {
    const schema = toJsonSchema(
      z.object({ mail: z.email(), day: z.iso.date(), size: z.number().default(1) }),
    )
    const text = JSON.stringify(adaptSchema(schema, 'openai-strict').schema)
    expect(text).toContain('"format":"email"')
    expect(text).not.toContain('default')
    expect(text.length).toBeLessThan(400)
  })
})
