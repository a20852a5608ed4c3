import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatGroupCursor, parseGroupCursor } from './group-cursor.ts'

it('a cursor comes back as it was given', () => {
  const seqs = fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.nat()), { maxLength: 5 })
  fc.assert(
    fc.property(fc.nat(), seqs, (sinceMs, entries) => {
      const wellFormed = entries.filter(([id]) => id.isWellFormed())
      const cursor = { sinceMs, seqs: new Map(wellFormed) }
      const text = formatGroupCursor(cursor)
      expect(parseGroupCursor('cursor', text)).toEqual(cursor)
      // It stands in the header Last-Event-ID.
      expect(text).toMatch(/^[\x21-\x7e]*$/)
    }),
  )
})

it.each(['', 'x', '12~', '12~a', '12~.3', '12~a.', '12~a.-1', '12~%.1', '-1', '1e9'])(
  'the text %j is none',
  (text) => {
    expect(() => parseGroupCursor('startingAfter', text)).toThrow(/startingAfter/)
  },
)

it('one with more places than the server gives is none', () => {
  const seqs = new Map(Array.from({ length: 201 }, (_, index) => [`a${index}`, 1]))
  expect(() => parseGroupCursor('cursor', formatGroupCursor({ sinceMs: 1, seqs }))).toThrow()
})
