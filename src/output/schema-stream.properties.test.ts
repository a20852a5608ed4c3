import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createOutputReader } from './output-reader.ts'
import type { PartialEvent } from './partial-stream.ts'

const schema = z.object({
  title: z.string(),
  size: z.number(),
  open: z.boolean(),
  kind: z.enum(['plain', 'fancy']),
  note: z.string().nullable(),
  rows: z.array(z.object({ id: z.number(), text: z.string() })),
})
const reader = createOutputReader(schema)

const words = fc.string({ unit: 'grapheme', maxLength: 24 })
const value = fc.record({
  title: words,
  size: fc.double({ noNaN: true, noDefaultInfinity: true }).map((size) => size + 0),
  open: fc.boolean(),
  kind: fc.constantFrom('plain', 'fancy'),
  note: fc.option(words),
  rows: fc.array(fc.record({ id: fc.integer(), text: words }), { maxLength: 4 }),
})

/** One edit of a text: characters taken out at a place, others put in. */
const edit = fc.record({
  at: fc.nat(),
  length: fc.integer({ min: 0, max: 3 }),
  by: fc.constantFrom('', '"', ',', '{', '}', ']', "'", '\\', ' ', '1', '\n', '...', 'x'),
})

function apply(text: string, { at, length, by }: { at: number; length: number; by: string }) {
  const place = at % (text.length + 1)
  return text.slice(0, place) + by + text.slice(place + length)
}

function pushAll(text: string, sizes: readonly number[]) {
  const stream = reader.stream()
  const events: PartialEvent[] = []
  for (let at = 0, turn = 0; at < text.length && !stream.impossible; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    events.push(...stream.push(text.slice(at, at + size)))
    at += size
  }
  return { events, stream }
}

function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (found as Record<string | number, unknown>)?.[key],
    root,
  )
}

const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 })

describe('schema stream, for all documents', () => {
  it('settles each scalar once, as it is', () => {
    fc.assert(
      fc.property(value, sizes, (original, pieces) => {
        const { events, stream } = pushAll(JSON.stringify(original), pieces)
        const fields = events.filter((event) => event.type === 'field')
        const paths = fields.map((event) => event.path.join('.'))
        expect(new Set(paths).size).toBe(paths.length)
        expect(paths).toHaveLength(5 + 2 * original.rows.length)
        for (const { path, value: settled } of fields)
          expect(settled).toEqual(valueAt(original, path))
        expect(stream.partial).toEqual(original)
      }),
      { numRuns: 300 },
    )
  })

  it('is contradicted by no answer that is taken in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        value,
        fc.array(edit, { maxLength: 2 }),
        sizes,
        async (original, edits, pieces) => {
          const text = edits.reduce(apply, JSON.stringify(original, null, edits.length))
          const { events, stream } = pushAll(text, pieces)
          const verdict = await reader.read({ text, finishReason: 'stop' })
          if (!verdict.ok) return
          expect(stream.impossible).toBeUndefined()
          for (const event of events) {
            if (event.type === 'field')
              expect(valueAt(verdict.value, event.path)).toEqual(event.value)
          }
        },
      ),
      { numRuns: 1500 },
    )
  })

  it('says the same however the text is cut into pieces', () => {
    fc.assert(
      fc.property(value, edit, sizes, (original, one, pieces) => {
        const text = apply(JSON.stringify(original), one)
        const fieldsOf = (by: readonly number[]) =>
          pushAll(text, by).events.filter((event) => event.type === 'field')
        expect(fieldsOf(pieces)).toEqual(fieldsOf([1]))
      }),
      { numRuns: 300 },
    )
  })
})
