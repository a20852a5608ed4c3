import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonSchema } from '../model/message.ts'
import { createOutputReader } from './output-reader.ts'
import { schemaOf } from './reader.fixture.ts'

/** A schema and a value that fits it. */
interface Sample {
  readonly schema: JsonSchema
  readonly value: unknown
}

const words = fc.string({ unit: 'grapheme', maxLength: 20 })
const keys = fc.stringMatching(/^[a-z][a-z_]{1,8}$/)
const scalar: fc.Arbitrary<Sample> = fc.oneof(
  words.map((value) => ({ schema: { type: 'string' }, value })),
  fc.integer().map((value) => ({ schema: { type: 'integer' }, value })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => ({ schema: { type: 'number' }, value: Object.is(value, -0) ? 0 : value })),
  fc.boolean().map((value) => ({ schema: { type: 'boolean' }, value })),
  fc.constant({ schema: { type: 'null' }, value: null }),
)
const { document } = fc.letrec<{ document: Sample; part: Sample }>((tie) => ({
  part: fc.oneof({ depthSize: 'small' }, scalar, tie('document')),
  document: fc.oneof(
    { depthSize: 'small' },
    fc.dictionary(keys, tie('part'), { maxKeys: 5 }).map(objectSample),
    tie('part').map(({ schema, value }) => ({
      schema: { type: 'array', items: schema },
      value: [value, value],
    })),
  ),
}))

function objectSample(parts: Record<string, Sample>): Sample {
  const entries = Object.entries(parts)
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([key, { schema }]) => [key, schema] as const)),
      required: Object.keys(parts),
    },
    value: Object.fromEntries(entries.map(([key, { value }]) => [key, value] as const)),
  }
}

const read = (text: string, schema: JsonSchema) =>
  createOutputReader(schemaOf(schema)).read({ text, finishReason: 'stop' })

const isInside = /"(?:[^"\\]|\\.)*"|[[\]{},:]/g

/** Damages what stands outside of strings. */
const outside = (text: string, map: (mark: string) => string) =>
  text.replace(isInside, (token) => (token.startsWith('"') ? token : map(token)))

/** Damages that leave one reading, by name. */
const damages: Readonly<Record<string, (text: string, indented: string) => string>> = {
  fence: (text) => `\`\`\`json\n${text}\n\`\`\``,
  prose: (text) => `Here is the JSON:\n${text}\nThat is all.`,
  reasoning: (text) => `<think>${text.replace('{', '{"draft":1,')}</think>${text}`,
  'trailing commas': (text) => text.replace(/(?<=[\]}"\dasle])([\]}]+)$/, ',$1'),
  'spaces without a break': (text) => outside(text, (mark) => `\u00a0${mark}\u200b`),
  'comments behind marks': (text) => outside(text, (mark) => `${mark}/* note */`),
  // Behind a text that ends in a comma of its own it would not be clear which one is meant.
  'commas left out': (_, indented) => indented.replace(/(?<!(?:,|\\[nr])(?:\s|\\t)*"),\n/g, '\n'),
  'smart quotes': (text) =>
    text.replace(/"((?:[^"\\]|\\.)*)"/g, (all, inside: string) =>
      /[“”]/.test(inside) ? all : `“${inside}”`,
    ),
  'single quotes': (text) =>
    text.replace(/"((?:[^"\\]|\\.)*)"/g, (_, inside: string) => {
      return `'${inside.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
    }),
  'escaped quotes': (text) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"'),
  'encoded twice': (text) => JSON.stringify(text),
  'the answer twice': (text) => `${text}\n${text}`,
  'a byte order mark': (text) => `\ufeff${text}`,
}

describe('output reader, for all documents', () => {
  it('reads what JSON prints without a change', async () => {
    await fc.assert(
      fc.asyncProperty(
        document,
        fc.constantFrom(undefined, 2),
        async ({ schema, value }, indent) => {
          const verdict = await read(JSON.stringify(value, null, indent), schema)
          expect(verdict).toEqual({ ok: true, value, changes: [] })
        },
      ),
      { numRuns: 150 },
    )
  })

  it.each(Object.entries(damages))('reads through %s', async (_, damage) => {
    await fc.assert(
      fc.asyncProperty(document, async ({ schema, value }) => {
        const damaged = damage(JSON.stringify(value), JSON.stringify(value, null, 2))
        expect(await read(damaged, schema)).toMatchObject({ ok: true, value })
      }),
      { numRuns: 50 },
    )
  })

  it('never reads a cut answer as another value', async () => {
    await fc.assert(
      fc.asyncProperty(document, fc.nat(), async ({ schema, value }, at) => {
        const text = JSON.stringify(value)
        const cut = text.slice(0, at % text.length)
        const reader = createOutputReader(schemaOf(schema))
        expect(await reader.read({ text: cut, finishReason: 'length' })).toMatchObject({
          ok: false,
        })
        expect(await reader.read({ text: cut, finishReason: 'error' })).toMatchObject({ ok: false })
      }),
      { numRuns: 150 },
    )
  })

  it('gives the same verdict on the same answer', async () => {
    await fc.assert(
      fc.asyncProperty(document, jsonLike(), async ({ schema }, text) => {
        expect(await read(text, schema)).toEqual(await read(text, schema))
      }),
      { numRuns: 100 },
    )
  })

  it('throws at no text and touches no prototype', async () => {
    await fc.assert(
      fc.asyncProperty(document, jsonLike(), async ({ schema }, text) => {
        const verdict = await read(text, schema)
        if (verdict.ok && typeof verdict.value === 'object' && verdict.value !== null) {
          const prototype = Object.getPrototypeOf(verdict.value) as unknown
          expect([Object.prototype, Array.prototype]).toContain(prototype)
        }
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
      { numRuns: 400 },
    )
  })
})

/** Texts made of the pieces that JSON, and broken JSON, is made of. */
function jsonLike(): fc.Arbitrary<string> {
  const pieces = fc.constantFrom(
    ...['{', '}', '[', ']', '(', ')', ',', ':', '"', "'", '`', '```', '"""', '\\', '\\"', '“', '”'],
    ...[
      '...',
      '/*',
      '*/',
      '//',
      '#',
      '\n',
      ' ',
      '=',
      ';',
      '-',
      '.',
      '%',
      '&quot;',
      '<think>',
      '</think>',
    ],
    ...[
      '"a"',
      '"b":',
      '__proto__',
      '"__proto__":',
      'constructor',
      'true',
      'None',
      'a',
      'word',
      '1',
      '1,5',
    ],
    ...['1e999', '\u0000', '\ud800', 'A(', 'x=', '<a>', '</a>', '- a: 1', 'not', "I can't help"],
  )
  return fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''))
}
