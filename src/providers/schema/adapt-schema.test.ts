import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { JsonSchema } from '../../model/message.ts'
import { toJsonSchema } from '../../model/schema.ts'
import { adaptSchema } from './adapt-schema.ts'
import type { SchemaDialect } from './dialects.ts'

/** For a reader that takes null as absent, as pipelines do. */
const adapt = (schema: JsonSchema, dialect: SchemaDialect) =>
  adaptSchema({ schema, nullsAreAbsent: true }, dialect)

const order = z.object({
  id: z.string().min(3).describe('The number on the label'),
  total: z.number().min(0),
  note: z.string().optional(),
  state: z.literal('open').or(z.literal('paid')),
})

describe('schema for a provider', () => {
  it('requires every key for openai-strict, with null for "not there"', () => {
    expect(adapt(toJsonSchema(order), 'openai-strict')).toEqual({
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
    })
  })

  it('makes no key nullable for a reader that would see the null', () => {
    const schema = toJsonSchema(order)
    expect(adaptSchema({ schema }, 'openai-strict')).toBeUndefined()
    expect(adaptSchema({ schema }, 'anthropic')).toBeDefined()
    const nullable = toJsonSchema(z.object({ note: z.string().nullable().optional() }))
    expect(adaptSchema({ schema: nullable }, 'openai-strict')).toBeDefined()
  })

  it('moves limits into the description for anthropic', () => {
    const adapted = adapt(toJsonSchema(order), 'anthropic')
    expect(adapted?.schema).toMatchObject({
      properties: {
        total: { type: 'number', description: '(minimum: 0)' },
        note: { type: 'string' },
      },
      required: ['id', 'total', 'state'],
      additionalProperties: false,
    })
  })

  it('wraps what is no object where the top has to be one', () => {
    const list = { type: 'array', items: { type: 'string' } }
    const adapted = adapt(list, 'openai-strict')
    expect(adapted).toMatchObject({
      schema: { type: 'object', properties: { value: list }, required: ['value'] },
      envelope: 'value',
    })
    expect(adapt(list, 'gemini')?.envelope).toBeUndefined()
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
    const adapted = adapt(toJsonSchema(tree), 'openai-strict')
    expect(JSON.stringify(adapted?.schema)).toContain('"$ref"')
    expect(adapt(toJsonSchema(tree), 'anthropic')).toBeUndefined()
    const both = {
      allOf: [{ type: 'object', properties: { a: { type: 'string' } } }],
      required: ['a'],
    }
    expect(adapt(both, 'openai-strict')?.schema).toEqual({
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    })
  })

  it('turns a tuple into a list of its length', () => {
    const pair = toJsonSchema(z.object({ at: z.tuple([z.number(), z.string()]) }))
    expect(adapt(pair, 'openai-strict')?.schema).toMatchObject({
      properties: {
        at: {
          items: { anyOf: [{ type: 'number' }, { type: 'string' }] },
          minItems: 2,
          maxItems: 2,
        },
      },
    })
    expect(adapt(pair, 'gemini')?.schema).toMatchObject({
      properties: { at: { prefixItems: [{ type: 'number' }, { type: 'string' }] } },
    })
  })

  it.each([
    ['a map', z.object({ scores: z.record(z.string(), z.number()) })],
    ['anything', z.object({ extra: z.any() })],
    ['a list of anything', z.object({ list: z.array(z.unknown()) })],
    ['an object of any keys', z.looseObject({ a: z.string() })],
  ])('says that a provider cannot be held to %s', (_, schema) => {
    expect(adapt(toJsonSchema(schema), 'openai-strict')).toBeUndefined()
  })

  it('leaves out what tells a model nothing', () => {
    const schema = toJsonSchema(
      z.object({ mail: z.email(), day: z.iso.date(), size: z.number().default(1) }),
    )
    const text = JSON.stringify(adapt(schema, 'openai-strict')?.schema)
    expect(text).toContain('"format":"email"')
    expect(text).not.toContain('default')
    expect(text.length).toBeLessThan(400)
  })

  it('gives up on what a provider refuses by its size', () => {
    const many = Array.from({ length: 17 }, (_, at) => [`k${at}`, z.string().optional()] as const)
    const wide = toJsonSchema(z.object(Object.fromEntries(many)))
    expect(adapt(wide, 'anthropic')).toBeUndefined()
    expect(adapt(wide, 'openai-strict')).toBeDefined()
    let deep: z.ZodType = z.string()
    for (let level = 0; level < 11; level++) deep = z.object({ next: deep })
    expect(adapt(toJsonSchema(deep), 'openai-strict')).toBeUndefined()
    expect(adapt(toJsonSchema(deep), 'gemini')).toBeDefined()
  })

  it('follows a shared part once for each place', () => {
    const shared = { $ref: '#/$defs/Part' }
    const schema = {
      type: 'object',
      properties: { a: shared, b: shared },
      required: ['a', 'b'],
      $defs: { Part: { type: 'object', properties: { c: { type: 'string' } }, required: ['c'] } },
    }
    expect(adapt(schema, 'anthropic')).toBeDefined()
  })

  it('does not move a schema that points into itself by place', () => {
    const list = { type: 'array', items: { $ref: '#' } }
    expect(adapt(list, 'openai-strict')).toBeUndefined()
    expect(adapt(list, 'gemini')).toBeDefined()
  })
})
