import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { formatPath, toJsonSchema, validate, withJsonSchema } from './schema.ts'

const person = z.object({ name: z.string(), tags: z.array(z.object({ id: z.number() })) })

describe('validate', () => {
  it('gives the value as the schema makes it', async () => {
    const trimmed = z.string().trim()
    expect(await validate(trimmed, ' a ')).toEqual({ ok: true, value: 'a' })
  })

  it('gives each issue with its path', async () => {
    const result = await validate(person, { name: 'x', tags: [{ id: 'no' }] })
    expect(result.ok).toBe(false)
    if (!result.ok)
      expect(result.issues.map(({ path }) => formatPath(path))).toEqual(['tags[0].id'])
  })
})

describe('toJsonSchema', () => {
  it('prints a schema without naming its dialect', () => {
    expect(toJsonSchema(z.object({ a: z.number().min(0) }))).toEqual({
      type: 'object',
      properties: { a: { type: 'number', minimum: 0 } },
      required: ['a'],
    })
  })

  it('says what to do with a library that cannot print', () => {
    const bare = {
      '~standard': {
        version: 1 as const,
        vendor: 'tiny',
        validate: (value: unknown) => ({ value }),
      },
    }
    expect(() => toJsonSchema(bare)).toThrow(/tiny cannot be printed.*withJsonSchema/)
    expect(toJsonSchema(withJsonSchema(bare, { type: 'string' }))).toEqual({ type: 'string' })
  })

  it('names the type that JSON Schema has no word for', () => {
    expect(() => toJsonSchema(z.object({ when: z.date() }))).toThrow(/cannot be printed/)
  })
})

describe('formatPath', () => {
  it('writes paths as people do', () => {
    expect(formatPath(['items', 0, 'price'])).toBe('items[0].price')
    expect(formatPath([])).toBe('(root)')
  })
})
