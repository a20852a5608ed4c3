import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromPostgresText, parsePostgresJson, toPostgresText } from './text-values.ts'

const text = fc.string({ unit: fc.constantFrom('\0', '\u0001', '0', '1', 'a', '\\', '"', '𝔘') })

test('every text comes back and holds no U+0000', () => {
  fc.assert(
    fc.property(text, (original) => {
      const stored = toPostgresText(original)
      expect(stored).not.toContain('\0')
      expect(fromPostgresText(stored)).toBe(original)
    }),
  )
})

test('a text without control characters is stored as it is', () => {
  expect(toPostgresText('{"a":"\\u0000"}')).toBe('{"a":"\\u0000"}')
})

test('texts in JSON come back as well', () => {
  fc.assert(
    fc.property(fc.array(text), (originals) => {
      const json = JSON.stringify(originals.map((text) => ({ text: toPostgresText(text), n: 1 })))
      expect(parsePostgresJson(json)).toEqual(originals.map((text) => ({ text, n: 1 })))
    }),
  )
})
