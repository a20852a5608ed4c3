import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isRecord } from '../base/json.ts'
import { withJsonSchema } from '../model/schema.ts'
import { createOutputReader } from './output-reader.ts'
import { listOf, objectOf, parcel, readWhole, schemaOf, text } from './reader.fixture.ts'

const order = z.object({
  id: z.string(),
  total: z.number().min(0),
  state: z.enum(['open', 'paid']),
  note: z.string().optional(),
})
const whole = (answer: string) => ({ text: answer, finishReason: 'stop' as const })

describe('output reader', () => {
  it('returns a valid answer untouched', async () => {
    const answer = '{"id":"7","total":1.5,"state":"paid"}'
    expect(await createOutputReader(order).read(whole(answer))).toEqual({
      ok: true,
      value: JSON.parse(answer),
      changes: [],
    })
  })

  it('records every change with path, rule and class', async () => {
    const answer = '```json\n{"id": 7, "Total": "1.5", "state": "PAID", "note": null}\n```'
    const verdict = await createOutputReader(order).read(whole(answer))
    expect(verdict).toMatchObject({ ok: true, value: { id: '7', total: 1.5, state: 'paid' } })
    expect(verdict.ok && verdict.changes).toEqual([
      expect.objectContaining({ path: [], rule: 'surrounding-text', class: 'lossless' }),
      expect.objectContaining({
        path: ['id'],
        rule: 'token-to-string',
        class: 'unique',
        after: '7',
      }),
      expect.objectContaining({ path: ['total'], rule: 'key-case', before: 'Total' }),
      { path: ['total'], rule: 'number-in-string', class: 'unique', before: '1.5', after: 1.5 },
      expect.objectContaining({
        path: ['state'],
        rule: 'choice-case',
        before: 'PAID',
        after: 'paid',
      }),
      expect.objectContaining({ path: ['note'], rule: 'null-for-absent', after: undefined }),
    ])
  })

  it('puts the path on mends of the syntax', async () => {
    const schema = objectOf({ items: listOf(objectOf({ name: text })) })
    const verdict = await readWhole(`{"items": [{"name": "a"}, {"name": 'b'}]}`, schema)
    expect(verdict.ok && verdict.changes).toEqual([
      { path: ['items', 1, 'name'], rule: 'quotes', class: 'lossless', before: "'b'", after: '"' },
    ])
  })

  it('proposes likely changes under the strict policy', async () => {
    const reader = createOutputReader(order, { policy: 'strict' })
    const verdict = await reader.read(whole('{"id":"7","total":"$1,200.50","state":"paid"}'))
    expect(verdict).toMatchObject({
      ok: false,
      failure: {
        cause: 'ambiguous',
        proposal: { id: '7', total: 1200.5, state: 'paid' },
        issues: [{ path: ['total'], expected: '1200.5', got: '$1,200.50' }],
      },
    })
  })

  it('makes unique changes under the strict policy', async () => {
    const reader = createOutputReader(order, { policy: 'strict' })
    const verdict = await reader.read(whole('{"id":"7","total":"12","state":"Paid"}'))
    expect(verdict).toMatchObject({ ok: true, value: { total: 12, state: 'paid' } })
  })

  it('strips or refuses unknown keys by policy', async () => {
    const answer = '{"id":"7","total":1,"state":"paid","mood":"good"}'
    const value = { id: '7', total: 1, state: 'paid' }
    expect(await createOutputReader(order).read(whole(answer))).toMatchObject({ ok: true, value })
    const strict = createOutputReader(order, { unknownKeys: 'refuse' })
    expect(await strict.read(whole(answer))).toMatchObject({
      ok: false,
      failure: { cause: 'schema', issues: [{ path: ['mood'] }] },
    })
  })

  it('takes no answer that the token limit cut', async () => {
    const answer = '{"id":"7","total":1,"state":"paid"}'
    const verdict = await createOutputReader(order).read({ text: answer, finishReason: 'length' })
    expect(verdict).toMatchObject({ ok: false, failure: { cause: 'truncated' } })
  })

  it.each([
    [{ text: '{}', finishReason: 'content-filter' }, 'refused'],
    [{ text: '', finishReason: 'stop', refusal: 'I cannot help.' }, 'refused'],
    [{ text: '', finishReason: 'stop' }, 'empty'],
    [{ text: '{"a":1', finishReason: 'other' }, 'truncated'],
  ] as const)('reads how the answer ended: %j', async (answer, cause) => {
    const reader = createOutputReader(schemaOf(objectOf({ 'a?': { type: 'integer' } })))
    expect(await reader.read(answer)).toMatchObject({ ok: false, failure: { cause } })
  })

  it('forgives a missing bracket only in a whole answer', async () => {
    const reader = createOutputReader(schemaOf(objectOf({ a: text })))
    const cut = '{"a": "b"'
    expect(await reader.read(whole(cut))).toMatchObject({ ok: true, value: { a: 'b' } })
    expect(await reader.read({ text: cut, finishReason: 'error' })).toMatchObject({ ok: false })
  })

  it('names what is wrong by path', async () => {
    const verdict = await createOutputReader(order).read(
      whole('{"id":"7","total":-1,"state":"lost"}'),
    )
    expect(verdict.ok || verdict.failure.issues).toEqual([
      { path: ['total'], expected: 'a number >= 0', got: '-1', message: '-1 is not a number >= 0' },
      {
        path: ['state'],
        expected: 'one of "open", "paid"',
        got: '"lost"',
        message: '"lost" is not one of "open", "paid"',
      },
    ])
  })

  it('lets the schema have the last word', async () => {
    const even = order.refine((value) => value.total % 2 === 0, {
      path: ['total'],
      error: 'is odd',
    })
    const verdict = await createOutputReader(even).read(whole('{id:"7",total:3,state:"paid"}'))
    expect(verdict).toMatchObject({
      ok: false,
      failure: { cause: 'schema', issues: [{ path: ['total'], expected: 'is odd', got: '3' }] },
    })
  })

  it('returns what the schema transforms to', async () => {
    const schema = z.object({ at: z.string().transform((value) => value.length) })
    const verdict = await createOutputReader(schema).read(whole("{'at': 'noon'}"))
    expect(verdict).toMatchObject({ ok: true, value: { at: 4 } })
  })

  it('reads a hand-written Standard Schema', async () => {
    const schema = withJsonSchema<unknown, { n: number }>(
      {
        '~standard': {
          version: 1,
          vendor: 'hand',
          validate: (value) =>
            isRecord(value) && typeof value.n === 'number'
              ? { value: { n: value.n } }
              : { issues: [{ message: 'n is no number', path: ['n'] }] },
        },
      },
      objectOf({ n: { type: 'integer' } }),
    )
    expect(await createOutputReader(schema).read(whole('{"n": "4"}'))).toMatchObject({
      ok: true,
      value: { n: 4 },
    })
  })

  it('refuses what is beyond its limits unread', async () => {
    const reader = createOutputReader(order, { limits: { maxLength: 100, maxDepth: 3 } })
    const long = await reader.read(whole('x'.repeat(101)))
    const deep = await reader.read(whole('[[[[1]]]]'))
    const broken = await reader.read(whole('{a:[[[['))
    for (const verdict of [long, deep, broken]) {
      expect(verdict).toMatchObject({ ok: false, failure: { cause: 'hostile' } })
    }
  })

  it.each([
    [{ policy: 'loose' }, 'policy'],
    [{ unknownKeys: 'keep' }, 'unknownKeys'],
    [{ limits: { maxDepth: 0 } }, 'limits.maxDepth'],
    [{ limits: { maxLength: 1.5 } }, 'limits.maxLength'],
  ])('checks its options: %j', (options, option) => {
    expect(() => createOutputReader(order, options as object)).toThrow(option)
  })

  it('keeps keys of the prototype out of the value', async () => {
    const verdict = await readWhole(
      '{"sender":"Mia","weight":1,"__proto__":{"admin":true}}',
      parcel,
    )
    expect(verdict).toMatchObject({ ok: true, value: { sender: 'Mia', weight: 1 } })
    const value = verdict.ok && (verdict.value as Record<string, unknown>)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(value).not.toHaveProperty('admin')
  })

  it('instructs a model only as far as it has to', () => {
    const { instruction } = createOutputReader(order)
    expect(instruction('json-schema')).toBe('')
    expect(instruction('json')).toContain('"enum":["open","paid"]')
    expect(instruction('none')).toContain('no comments')
  })
})

describe('schemas', () => {
  const shape = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('circle'), radius: z.number() }),
    z.object({ kind: z.literal('box'), sides: z.tuple([z.number(), z.number()]) }),
  ])

  it.each([
    ['{"kind": "Circle", "radius": "2"}', { kind: 'circle', radius: 2 }],
    ['{kind: box, sides: ["1", 2]}', { kind: 'box', sides: [1, 2] }],
  ])('chooses the branch of a union: %s', async (answer, value) => {
    expect(await createOutputReader(shape).read(whole(answer))).toMatchObject({ ok: true, value })
  })

  it('reads a schema that refers to itself', async () => {
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
    const verdict = await createOutputReader(tree as z.ZodType<Tree, unknown>).read(
      whole("{name: 1, children: [{name: 'b', children: []}]}"),
    )
    expect(verdict).toMatchObject({
      ok: true,
      value: { name: '1', children: [{ name: 'b', children: [] }] },
    })
  })

  it('reads maps, and keys by pattern', async () => {
    const map = createOutputReader(z.record(z.string(), z.number()))
    expect(await map.read(whole('{"a": "1", "b": 2,}'))).toMatchObject({
      ok: true,
      value: { a: 1, b: 2 },
    })
    const patterns = { type: 'object', patternProperties: { '^x': { type: 'integer' } } }
    expect(await readWhole('{"x1": "2"}', patterns)).toMatchObject({ ok: true, value: { x1: 2 } })
  })

  it('folds the parts of allOf', async () => {
    const schema = {
      allOf: [objectOf({ a: text }), objectOf({ b: { type: 'integer', minimum: 2 } })],
    }
    expect(await readWhole("{'a': 1, 'b': '3'}", schema)).toMatchObject({
      ok: true,
      value: { a: '1', b: 3 },
    })
    expect(await readWhole("{'a': 1, 'b': '1'}", schema)).toMatchObject({ ok: false })
  })

  it('leaves a value alone where anything may be', async () => {
    expect(await readWhole("{'a': [1, True, None, 'x']}", objectOf({ a: {} }))).toMatchObject({
      ok: true,
      value: { a: [1, true, null, 'x'] },
    })
  })
})
